/* Sums of products for 3x3 depthwise convolution with Helium: 16 channels of one pixel. Only for cores with
 * __ARM_FEATURE_MVE.
 *
 * Register blocking: four accumulators of four lanes. VMULLB and VMULLT multiply 16 bytes to 16-bit products; two of
 * them are added before they are widened. So accumulator b holds channels b + 4 * i, and the tables of a block are
 * sorted like that; saturating narrowing puts the channels in order again.
 */
#ifndef MCU_DEPTHWISE_PRODUCTS_MVE_H
#define MCU_DEPTHWISE_PRODUCTS_MVE_H

#include "mcu_depthwise_block_mve.h"

typedef struct {
    int32x4_t lanes[4];
} mcu_accumulators_mve;

/* Text of assembly: q0 to q3 get bias and the products of the taps from x on. From tap to tap x moves by `tap`, from
 * row to row by `down` and `below`, and by `next` behind the last. Two products fill q6 and q7; the second weight is
 * loaded twice, for lack of a register. */
#define MCU_DW_MOVE(by) "add %[x], %[x], %[" by "]\n"
#define MCU_DW_FIRST(weights, by)                                                                                      \
    "vldrb.8 q4, [%[x]]\n vldrw.32 q5, [%[w], #" weights "]\n" MCU_DW_MOVE(by)                                         \
    "vmullb.s8 q6, q4, q5\n vmullt.s8 q7, q4, q5\n"
#define MCU_DW_SECOND(weights, by)                                                                                     \
    "vldrb.8 q4, [%[x]]\n vldrw.32 q5, [%[w], #" weights "]\n" MCU_DW_MOVE(by)                                         \
    "vmullb.s8 q5, q4, q5\n vadd.i16 q6, q6, q5\n vldrw.32 q5, [%[w], #" weights "]\n"                                 \
    "vmullt.s8 q4, q4, q5\n vadd.i16 q7, q7, q4\n"
#define MCU_DW_WIDEN                                                                                                   \
    "vmovlb.s16 q4, q6\n vadd.i32 q0, q0, q4\n vmovlb.s16 q5, q7\n vadd.i32 q1, q1, q5\n"                              \
    "vmovlt.s16 q4, q6\n vadd.i32 q2, q2, q4\n vmovlt.s16 q5, q7\n vadd.i32 q3, q3, q5\n"
#define MCU_DW_PAIR(first, by, second, next) MCU_DW_FIRST(first, by) MCU_DW_SECOND(second, next) MCU_DW_WIDEN
#define MCU_DW_BIAS                                                                                                    \
    "vldrw.32 q0, [%[bias]]\n vldrw.32 q1, [%[bias], #16]\n vldrw.32 q2, [%[bias], #32]\n"                             \
    "vldrw.32 q3, [%[bias], #48]\n"
#define MCU_DW_NINE                                                                                                    \
    MCU_DW_BIAS MCU_DW_PAIR("0", "tap", "16", "tap") MCU_DW_PAIR("32", "down", "48", "tap")                            \
    MCU_DW_PAIR("64", "tap", "80", "below") MCU_DW_PAIR("96", "tap", "112", "tap")                                     \
    MCU_DW_FIRST("128", "next") MCU_DW_WIDEN
/* Six taps of a pixel at the left or right border; its other column lies in padding. */
#define MCU_DW_SIX                                                                                                     \
    MCU_DW_BIAS MCU_DW_PAIR("0", "tap", "16", "down") MCU_DW_PAIR("48", "tap", "64", "below")                          \
    MCU_DW_PAIR("96", "tap", "112", "next")
/* From accumulators to the 16 bytes of an output in q0, if it is plain; `multiplier` and `shift`: from w on. */
#define MCU_DW_RESCALE(acc, from, multiplier, shift)                                                                   \
    "vldrw.32 q4, [%[" from "], #" multiplier "]\n vldrw.32 q5, [%[" from "], #" shift "]\n"                           \
    "vqrdmulh.s32 " acc ", " acc ", q4\n vrshl.s32 " acc ", " acc ", q5\n"
#define MCU_DW_PLAIN(from)                                                                                             \
    MCU_DW_RESCALE("q0", from, "144", "208") MCU_DW_RESCALE("q1", from, "160", "224")                                  \
    MCU_DW_RESCALE("q2", from, "176", "240") MCU_DW_RESCALE("q3", from, "192", "256")                                  \
    "vqmovnb.s32 q0, q0\n vqmovnt.s32 q0, q2\n vqmovnb.s32 q1, q1\n vqmovnt.s32 q1, q3\n"                              \
    "vqadd.s16 q0, q0, %[offset]\n vqadd.s16 q1, q1, %[offset]\n vqmovnb.s16 q0, q0\n vqmovnt.s16 q0, q1\n"

/* `count` > 0 pixels of 16 lanes, `step` elements apart, whose columns all lie inside the input; x: their first tap. */
static inline void mcu_depthwise_plain_mve(const int8_t *x, mcu_depthwise_steps_mve steps, int32_t step, int32_t count,
                                           const mcu_depthwise_block_mve *block, int8_t *y, int32_t y_step)
{
    const int32_t next = step - 6 * steps.tap - steps.down - steps.below;

    __asm__ volatile("dls lr, %[count]\n"
                     "1:\n" MCU_DW_NINE MCU_DW_PLAIN("w")
                     "vstrb.8 q0, [%[y]]\n add %[y], %[y], %[y_step]\n"
                     "le lr, 1b\n"
                     : [x] "+&r"(x), [y] "+&r"(y)
                     : [tap] "r"(steps.tap), [down] "r"(steps.down), [below] "r"(steps.below), [next] "r"(next),
                       [count] "r"(count), [w] "r"(block), [bias] "r"(block->bias), [y_step] "r"(y_step),
                       [offset] "r"(-128)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory");
}

/* The lanes `inside` of a pixel at the left border (first_col 1) or at the right one (0); x: the first of six taps. */
static inline void mcu_depthwise_border_mve(const int8_t *x, mcu_depthwise_steps_mve steps, int32_t first_col,
                                            const mcu_depthwise_block_mve *block, int8_t *y, mve_pred16_t inside)
{
    __asm__ volatile(MCU_DW_SIX MCU_DW_PLAIN("block")
                     "vpst\n vstrbt.8 q0, [%[y]]\n"
                     : [x] "+&r"(x), [inside] "+Up"(inside)
                     : [tap] "r"(steps.tap), [down] "r"(steps.down + steps.tap), [below] "r"(steps.below + steps.tap),
                       [next] "r"(0), [block] "r"(block), [w] "r"(block->weights[first_col]),
                       [bias] "r"(block->bias[2 - first_col]), [y] "r"(y), [offset] "r"(-128)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory");
}

#define MCU_DW_ACCUMULATORS(text, steps, more, weights_at, bias_at)                                                    \
    register int32x4_t acc_0 __asm__("q0");                                                                            \
    register int32x4_t acc_1 __asm__("q1");                                                                            \
    register int32x4_t acc_2 __asm__("q2");                                                                            \
    register int32x4_t acc_3 __asm__("q3");                                                                            \
    __asm__ volatile(text : [x] "+&r"(x), "=&w"(acc_0), "=&w"(acc_1), "=&w"(acc_2), "=&w"(acc_3)                       \
                     : [tap] "r"(steps.tap), [down] "r"(steps.down + more), [below] "r"(steps.below + more),           \
                       [next] "r"(0), [w] "r"(weights_at), [bias] "r"(bias_at)                                         \
                     : "q4", "q5", "q6", "q7", "memory");                                                              \
    {                                                                                                                  \
        const mcu_accumulators_mve acc = {{acc_0, acc_1, acc_2, acc_3}};                                               \
        return acc;                                                                                                    \
    }

/* The accumulators of one pixel whose columns all lie inside the input. */
static inline mcu_accumulators_mve mcu_depthwise_nine_mve(const int8_t *x, mcu_depthwise_steps_mve steps,
                                                          const mcu_depthwise_block_mve *block)
{
    MCU_DW_ACCUMULATORS(MCU_DW_NINE, steps, 0, block, block->bias)
}

/* The accumulators of a pixel at the left border (first_col 1) or at the right one (0), from six taps. */
static inline mcu_accumulators_mve mcu_depthwise_six_mve(const int8_t *x, mcu_depthwise_steps_mve steps,
                                                         int32_t first_col, const mcu_depthwise_block_mve *block)
{
    MCU_DW_ACCUMULATORS(MCU_DW_SIX, steps, steps.tap, block->weights[first_col], block->bias[2 - first_col])
}

/* The 16 bytes of an output, in order. */
static inline int8x16_t mcu_depthwise_output_mve(const mcu_accumulators_mve *acc, const mcu_depthwise_block_mve *block,
                                                 mcu_output_mve output, int is_plain)
{
    int32x4_t y[4];
    int16x8_t even;
    int16x8_t odd;

    for (int i = 0; i < 4; ++i) {
        const int32x4_t multiplier = vldrwq_s32(block->multiplier + 4 * i);
        const int32x4_t shift = vldrwq_s32(block->shift + 4 * i);
        y[i] = mcu_requantize_mve(acc->lanes[i], multiplier, shift, is_plain);
    }
    even = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), y[0]), y[2]);
    odd = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), y[1]), y[3]);
    even = vqaddq_n_s16(even, (int16_t)output.output_offset);
    odd = vqaddq_n_s16(odd, (int16_t)output.output_offset);
    {
        const int8x16_t bytes = vqmovntq_s16(vqmovnbq_s16(vdupq_n_s8(0), even), odd);
        if (is_plain) {
            return bytes;
        }
        return vminq_s8(vmaxq_s8(bytes, vdupq_n_s8((int8_t)output.act_min)), vdupq_n_s8((int8_t)output.act_max));
    }
}

#endif
