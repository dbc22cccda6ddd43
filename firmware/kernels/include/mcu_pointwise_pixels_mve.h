/* 1x1 convolution with Helium of 33 to 64 input channels into an output that is linear (mcu_filters_mve.h), for many
 * pixels: one filter stays in q0 to q3 while they pass, and the lanes of requantization are four pixels.
 */
#ifndef MCU_POINTWISE_PIXELS_MVE_H
#define MCU_POINTWISE_PIXELS_MVE_H

#include "mcu_filters_mve.h"

/* What the assembly reads of memory, by offset in bytes. y_back: from behind the last pixel of an output channel to the
 * first one of the next. */
typedef struct {
    mcu_tables_mve tables; /* 0: weights, 4: bias, 8: multiplier, 12: shift */
    const int8_t *x;       /* 16 */
    int32_t fours;         /* 20: > 0, of pixels */
    int32_t depth;         /* 24 */
    int32_t y_back;        /* 28 */
} mcu_pixels_mve;

MCU_LIES_AT(mcu_pixels_mve, tables.shift, 12);
MCU_LIES_AT(mcu_pixels_mve, x, 16);
MCU_LIES_AT(mcu_pixels_mve, y_back, 28);

#define MCU_LANE_FIRST(a) "vldrb.8 q4, [%[x]], #16\n vmladav.s8 " a ", q4, q0\n"
#define MCU_LANE_MORE(a, q) "vldrb.8 q4, [%[x]], #16\n vmladava.s8 " a ", q4, " q "\n"
#define MCU_LANE_3(a) MCU_LANE_FIRST(a) MCU_LANE_MORE(a, "q1") MCU_LANE_MORE(a, "q2")
#define MCU_LANE_4(a) MCU_LANE_3(a) MCU_LANE_MORE(a, "q3")
#define MCU_FILTER_LAST(q, at) "vpst\n vldrbt.8 " q ", [%[a0], #" at "]\n"
#define MCU_FILTER_3 "vldrb.8 q0, [%[a0]]\n vldrb.8 q1, [%[a0], #16]\n" MCU_FILTER_LAST("q2", "32")
#define MCU_FILTER_4                                                                                                   \
    "vldrb.8 q0, [%[a0]]\n vldrb.8 q1, [%[a0], #16]\n vldrb.8 q2, [%[a0], #32]\n" MCU_FILTER_LAST("q3", "48")

/* Negative numbers in q5 are made smaller by one if `shift` is negative. */
#define MCU_FOUR_LINEAR "lsr %[a0], %[shift], #31\n vshr.s32 q4, q5, #31\n vmla.s32 q5, q4, %[a0]\n"

/* q6: where four pixels of an output channel lie; q7: the output offset. */
#define MCU_FOUR_PIXELS(LANE, load_filter, ROUND)                                                                      \
    __asm__ volatile("vidup.u32 q6, %[a0], #1\n vmul.i32 q6, q6, %[output_ch]\n lsl %[output_ch], %[output_ch], #2\n"  \
                     "vdup.32 q7, %[a1]\n"                                                                             \
                     "1:\n"                                                                                            \
                     "ldmia %[held], {%[a0], %[a1], %[a2], %[a3]}\n ldr lr, [%[held], #24]\n" load_filter              \
                     "add %[a0], %[a0], lr\n ldr %[bias], [%[a1]], #4\n ldr %[multiplier], [%[a2]], #4\n"              \
                     "ldr %[shift], [%[a3]], #4\n stmia %[held], {%[a0], %[a1], %[a2], %[a3]}\n"                       \
                     "ldrd %[x], lr, [%[held], #16]\n"                                                                 \
                     "2:\n" LANE("%[a0]") LANE("%[a1]") LANE("%[a2]") LANE("%[a3]")                                    \
                     "vmov d10, %[a0], %[a1]\n vmov d11, %[a2], %[a3]\n"                                               \
                     "vadd.i32 q5, q5, %[bias]\n vqrdmulh.s32 q5, q5, %[multiplier]\n" ROUND "vrshl.s32 q5, %[shift]\n"\
                     "vqadd.s32 q5, q5, q7\n vqmovnb.s32 q5, q5\n vqmovnb.s16 q5, q5\n"                                \
                     "vstrb.32 q5, [%[y], q6]\n add %[y], %[y], %[output_ch]\n le lr, 2b\n"                            \
                     "ldr %[a0], [%[held], #28]\n add %[y], %[y], %[a0]\n"                                             \
                     "subs %[channels], %[channels], #1\n bne 1b\n"                                                    \
                     : [x] "=&r"(x), [y] "+&r"(y), [output_ch] "+&r"(output_ch), [channels] "+&r"(channels),           \
                       [a0] "+&Te"(acc_0), [a1] "+&Te"(acc_1), [a2] "=&Te"(acc_2), [a3] "=&Te"(acc_3),                 \
                       [bias] "=&r"(bias), [multiplier] "=&r"(multiplier), [shift] "=&r"(shift),                       \
                       [inside] "+Up"(inside)                                                                          \
                     : [held] "r"(&held)                                                                               \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory")

/* All channels of 4 * `fours` > 0 adjacent pixels, each of 16 * chunks elements. */
static inline void mcu_many_pixels_mve(const mcu_filters_mve *filters, const int8_t *pixels, int32_t fours, int8_t *y)
{
    mcu_pixels_mve held = {filters->tables, pixels, fours, filters->depth, 1 - 4 * fours * filters->output_ch};
    mve_pred16_t inside = vctp8q((uint32_t)(filters->depth - 16 * (filters->chunks - 1)));
    int32_t channels = filters->channels;
    int32_t output_ch = filters->output_ch;
    const int8_t *x;
    register int32_t acc_0 __asm__("r0") = 0; /* LDM needs them in this order */
    register int32_t acc_1 __asm__("r2") = filters->output.output_offset;
    register int32_t acc_2 __asm__("r4");
    register int32_t acc_3 __asm__("r6");
    int32_t bias;
    int32_t multiplier;
    int32_t shift;

    if (filters->chunks == 3 && filters->is_plain) {
        MCU_FOUR_PIXELS(MCU_LANE_3, MCU_FILTER_3, "");
    } else if (filters->chunks == 3) {
        MCU_FOUR_PIXELS(MCU_LANE_3, MCU_FILTER_3, MCU_FOUR_LINEAR);
    } else if (filters->is_plain) {
        MCU_FOUR_PIXELS(MCU_LANE_4, MCU_FILTER_4, "");
    } else {
        MCU_FOUR_PIXELS(MCU_LANE_4, MCU_FILTER_4, MCU_FOUR_LINEAR);
    }
}

#endif
