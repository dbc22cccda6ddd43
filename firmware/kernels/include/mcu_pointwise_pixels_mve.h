/* 1x1 convolution with Helium of 17 to 64 input channels into an output that is `plain` (mcu_requantize_mve.h), for
 * many pixels: one filter stays in q0 to q3 while they pass, and the lanes of requantization are four pixels.
 */
#ifndef MCU_POINTWISE_PIXELS_MVE_H
#define MCU_POINTWISE_PIXELS_MVE_H

#include "mcu_filters_mve.h"

#define MCU_LANE_FIRST(a) "vldrb.8 q4, [%[x]], #16\n vmladav.s8 " a ", q4, q0\n"
#define MCU_LANE_MORE(a, q) "vldrb.8 q4, [%[x]], #16\n vmladava.s8 " a ", q4, " q "\n"
#define MCU_LANE_2(a) MCU_LANE_FIRST(a) MCU_LANE_MORE(a, "q1")
#define MCU_LANE_3(a) MCU_LANE_2(a) MCU_LANE_MORE(a, "q2")
#define MCU_LANE_4(a) MCU_LANE_3(a) MCU_LANE_MORE(a, "q3")
#define MCU_FILTER_LAST(q, at) "vpst\n vldrbt.8 " q ", [%[a2], #" at "]\n"
#define MCU_FILTER_2 "vldrb.8 q0, [%[a2]]\n" MCU_FILTER_LAST("q1", "16")
#define MCU_FILTER_3 "vldrb.8 q0, [%[a2]]\n vldrb.8 q1, [%[a2], #16]\n" MCU_FILTER_LAST("q2", "32")
#define MCU_FILTER_4                                                                                                   \
    "vldrb.8 q0, [%[a2]]\n vldrb.8 q1, [%[a2], #16]\n vldrb.8 q2, [%[a2], #32]\n" MCU_FILTER_LAST("q3", "48")

/* q6: where four pixels of an output channel lie. */
#define MCU_FOUR_PIXELS(LANE, load_filter)                                                                             \
    __asm__ volatile(load_filter "dls lr, %[a1]\n vidup.u32 q6, %[a0], #1\n vmul.i32 q6, q6, %[output_ch]\n"           \
                     "lsl %[output_ch], %[output_ch], #2\n"                                                            \
                     "1:\n" LANE("%[a0]") LANE("%[a1]") LANE("%[a2]") LANE("%[a3]")                                    \
                     "vmov d10, %[a0], %[a1]\n vmov d11, %[a2], %[a3]\n"                                               \
                     "vadd.i32 q5, q5, %[bias]\n vqrdmulh.s32 q5, q5, %[multiplier]\n vrshl.s32 q5, %[shift]\n"        \
                     MCU_PLAIN_BYTES("q5") "vstrb.32 q5, [%[y], q6]\n add %[y], %[y], %[output_ch]\n le lr, 1b\n"      \
                     : [x] "+&r"(x), [y] "+&r"(y), [output_ch] "+&r"(output_ch), [a0] "+&Te"(acc_0),                   \
                       [a1] "+&Te"(acc_1), [a2] "+&Te"(acc_2), [a3] "+&Te"(acc_3), [inside] "+Up"(inside)              \
                     : [bias] "r"(filters->bias[ch]), [multiplier] "r"(filters->multiplier[ch]),                       \
                       [shift] "r"(filters->shift[ch]), [offset] "r"(-128)                                             \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "lr", "memory")

/* All channels of 4 * `fours` > 0 adjacent pixels, each of 16 * chunks elements. */
static inline void mcu_many_pixels_mve(const mcu_filters_mve *filters, const int8_t *const pixels, int32_t fours,
                                       int8_t *const output)
{
    mve_pred16_t inside = vctp8q((uint32_t)(filters->depth - 16 * (filters->chunks - 1)));

    for (int32_t ch = 0; ch < filters->channels; ++ch) {
        const int8_t *x = pixels;
        int8_t *y = output + ch;
        int32_t output_ch = filters->output_ch;
        int32_t acc_0 = 0;
        int32_t acc_1 = fours;
        int32_t acc_2 = (int32_t)(intptr_t)(filters->weights + ch * filters->depth);
        int32_t acc_3 = 0;

        if (filters->chunks == 2) {
            MCU_FOUR_PIXELS(MCU_LANE_2, MCU_FILTER_2);
        } else if (filters->chunks == 3) {
            MCU_FOUR_PIXELS(MCU_LANE_3, MCU_FILTER_3);
        } else {
            MCU_FOUR_PIXELS(MCU_LANE_4, MCU_FILTER_4);
        }
    }
}

#endif
