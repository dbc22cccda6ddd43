/* The loops of mcu_pointwise_mve.h over pixels for outputs that are `plain` (mcu_requantize_mve.h), in assembly: the
 * compiler neither keeps their values in registers nor writes loops with tail predication.
 */
#ifndef MCU_POINTWISE_PLAIN_MVE_H
#define MCU_POINTWISE_PLAIN_MVE_H

#include <arm_mve.h>
#include <stdint.h>

#define MCU_PLAIN_BYTES(q) "vqadd.s32 " q ", " q ", %[offset]\n vqmovnb.s32 " q ", " q "\n vqmovnb.s16 " q ", " q "\n"

/* An address in a register that the loop needs for something else later. */
static inline int32_t mcu_address_mve(const void *object)
{
    return (int32_t)(intptr_t)object;
}

/* Four output channels of `pixels` > 0 pixels, at most 16 input channels: four filters in q0 to q3. */
static inline void mcu_shallow_plain_mve(const int8_t *x, int32_t step, int32_t pixels, int32_t input_ch,
                                         const int8_t *weights, const int32x4_t tables[3], int32_t output_ch, int8_t *y)
{
    int32_t acc_0 = pixels;
    int32_t acc_1 = input_ch;
    int32_t acc_2 = mcu_address_mve(weights);
    int32_t acc_3 = mcu_address_mve(tables);
    mve_pred16_t inside = vctp8q((uint32_t)input_ch);

    __asm__ volatile("vpst\n vldrbt.8 q0, [%[a2]]\n add %[a2], %[a2], %[a1]\n"
                     "vpst\n vldrbt.8 q1, [%[a2]]\n add %[a2], %[a2], %[a1]\n"
                     "vpst\n vldrbt.8 q2, [%[a2]]\n add %[a2], %[a2], %[a1]\n"
                     "vpst\n vldrbt.8 q3, [%[a2]]\n"
                     "vldrw.32 q4, [%[a3]]\n vldrw.32 q5, [%[a3], #16]\n vldrw.32 q6, [%[a3], #32]\n"
                     "dls lr, %[a0]\n"
                     "1:\n"
                     "vpst\n vldrbt.8 q7, [%[x]]\n add %[x], %[x], %[step]\n"
                     "vmladav.s8 %[a0], q7, q0\n vmladav.s8 %[a1], q7, q1\n"
                     "vmladav.s8 %[a2], q7, q2\n vmladav.s8 %[a3], q7, q3\n"
                     "vmov d14, %[a0], %[a1]\n vmov d15, %[a2], %[a3]\n"
                     "vadd.i32 q7, q7, q4\n vqrdmulh.s32 q7, q7, q5\n vrshl.s32 q7, q7, q6\n" MCU_PLAIN_BYTES("q7")
                     "vstrb.32 q7, [%[y]]\n add %[y], %[y], %[output_ch]\n"
                     "le lr, 1b\n"
                     : [x] "+&r"(x), [y] "+&l"(y), [a0] "+&Te"(acc_0), [a1] "+&Te"(acc_1), [a2] "+&Te"(acc_2),
                       [a3] "+&Te"(acc_3), [inside] "+Up"(inside)
                     : [step] "r"(step), [offset] "r"(-128), [output_ch] "r"(output_ch)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory");
}

/* What the loop below reads again for every pixel. back: input_ch rounded up to 16; next: from the end of a pixel, in
 * steps of 16, to the next one. */
typedef struct {
    int32x4_t tables[3];
    int32_t input_ch, output_ch, back, next, pixels;
} mcu_deep_mve_state;

/* Four output channels of state->pixels > 0 pixels: filters read again for each. */
static inline void mcu_deep_plain_mve(const int8_t *x, const int8_t *weights, mcu_deep_mve_state *state, int8_t *y)
{
    const int8_t *weights_1 = weights + state->input_ch;
    const int8_t *weights_2 = weights_1 + state->input_ch;
    const int8_t *weights_3 = weights_2 + state->input_ch;
    int32_t acc_0;
    int32_t acc_1;
    int32_t acc_2;
    int32_t acc_3;

    __asm__ volatile("vldrw.32 q4, [%[state]]\n vldrw.32 q5, [%[state], #16]\n vldrw.32 q6, [%[state], #32]\n"
                     "vmvn.i32 q7, #127\n"
                     "3:\n"
                     "ldr %[a0], [%[state], #48]\n wlstp.8 lr, %[a0], 2f\n"
                     "movs %[a0], #0\n mov %[a1], %[a0]\n mov %[a2], %[a0]\n mov %[a3], %[a0]\n"
                     "1:\n"
                     "vldrb.8 q0, [%[x]], #16\n"
                     "vldrb.8 q1, [%[w0]], #16\n vmladava.s8 %[a0], q0, q1\n"
                     "vldrb.8 q1, [%[w1]], #16\n vmladava.s8 %[a1], q0, q1\n"
                     "vldrb.8 q1, [%[w2]], #16\n vmladava.s8 %[a2], q0, q1\n"
                     "vldrb.8 q1, [%[w3]], #16\n vmladava.s8 %[a3], q0, q1\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     "vmov d0, %[a0], %[a1]\n vmov d1, %[a2], %[a3]\n"
                     "vadd.i32 q0, q0, q4\n vqrdmulh.s32 q0, q0, q5\n vrshl.s32 q0, q0, q6\n"
                     "vqadd.s32 q0, q0, q7\n vqmovnb.s32 q0, q0\n vqmovnb.s16 q0, q0\n vstrb.32 q0, [%[y]]\n"
                     "ldr %[a0], [%[state], #52]\n add %[y], %[y], %[a0]\n ldr %[a0], [%[state], #56]\n"
                     "subs %[w0], %[w0], %[a0]\n subs %[w1], %[w1], %[a0]\n"
                     "subs %[w2], %[w2], %[a0]\n subs %[w3], %[w3], %[a0]\n"
                     "ldr %[a0], [%[state], #60]\n add %[x], %[x], %[a0]\n"
                     "ldr %[a0], [%[state], #64]\n subs %[a0], %[a0], #1\n str %[a0], [%[state], #64]\n"
                     "bne 3b\n"
                     : [x] "+&r"(x), [w0] "+&r"(weights), [w1] "+&r"(weights_1), [w2] "+&r"(weights_2),
                       [w3] "+&r"(weights_3), [y] "+&l"(y), [a0] "=&Te"(acc_0), [a1] "=&Te"(acc_1), [a2] "=&Te"(acc_2),
                       [a3] "=&Te"(acc_3)
                     : [state] "r"(state)
                     : "q0", "q1", "q4", "q5", "q6", "q7", "lr", "cc", "memory");
}

/* One output channel of 4 * `fours` > 0 adjacent pixels of 16 * chunks input channels, with the filter in q0 to q3:
 * the lanes of requantization are pixels. */
#define MCU_LANE_FIRST(a) "vldrb.8 q4, [%[x]], #16\n vmladav.s8 " a ", q4, q0\n"
#define MCU_LANE_MORE(a, q) "vldrb.8 q4, [%[x]], #16\n vmladava.s8 " a ", q4, " q "\n"
#define MCU_LANE_2(a) MCU_LANE_FIRST(a) MCU_LANE_MORE(a, "q1")
#define MCU_LANE_3(a) MCU_LANE_2(a) MCU_LANE_MORE(a, "q2")
#define MCU_LANE_4(a) MCU_LANE_3(a) MCU_LANE_MORE(a, "q3")
#define MCU_FOUR_PIXELS(LANE, load_weights)                                                                            \
    __asm__ volatile(load_weights "dls lr, %[a1]\n vidup.u32 q6, %[a0], #1\n vmul.i32 q6, q6, %[output_ch]\n"          \
                     "lsl %[output_ch], %[output_ch], #2\n"                                                            \
                     "1:\n" LANE("%[a0]") LANE("%[a1]") LANE("%[a2]") LANE("%[a3]")                                    \
                     "vmov d10, %[a0], %[a1]\n vmov d11, %[a2], %[a3]\n"                                               \
                     "vadd.i32 q5, q5, %[bias]\n vqrdmulh.s32 q5, q5, %[multiplier]\n vrshl.s32 q5, %[shift]\n"        \
                     MCU_PLAIN_BYTES("q5") "vstrb.32 q5, [%[y], q6]\n add %[y], %[y], %[output_ch]\n le lr, 1b\n"      \
                     : [x] "+&r"(x), [y] "+&r"(y), [output_ch] "+&r"(output_ch), [a0] "+&Te"(acc_0), [a1] "+&Te"(acc_1),    \
                       [a2] "+&Te"(acc_2), [a3] "+&Te"(acc_3)                                                            \
                     : [bias] "r"(bias), [multiplier] "r"(multiplier),                                                 \
                       [shift] "r"(shift), [offset] "r"(-128)                                                          \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "lr", "memory")
#define MCU_FILTER_2 "vldrb.8 q0, [%[a2]]\n vldrb.8 q1, [%[a2], #16]\n"
#define MCU_FILTER_3 MCU_FILTER_2 "vldrb.8 q2, [%[a2], #32]\n"
#define MCU_FILTER_4 MCU_FILTER_3 "vldrb.8 q3, [%[a2], #48]\n"

static inline void mcu_pixels_plain_mve(const int8_t *x, int32_t fours, int32_t chunks, const int8_t *weights,
                                        int32_t bias, int32_t multiplier, int32_t shift, int32_t output_ch, int8_t *y)
{
    int32_t acc_0 = 0;
    int32_t acc_1 = fours;
    int32_t acc_2 = mcu_address_mve(weights);
    int32_t acc_3 = 0;

    if (chunks == 2) {
        MCU_FOUR_PIXELS(MCU_LANE_2, MCU_FILTER_2);
    } else if (chunks == 3) {
        MCU_FOUR_PIXELS(MCU_LANE_3, MCU_FILTER_3);
    } else {
        MCU_FOUR_PIXELS(MCU_LANE_4, MCU_FILTER_4);
    }
}

#endif
