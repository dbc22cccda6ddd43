/* mcu_rescale_s8 in three or four instructions, for what nearly every channel of a network has: multipliers in
 * [2^30, 2^31), shifts to the right by [2, 31] and outputs in all of int8; the accumulators do not matter.
 *
 * 2 * multiplier is `factor` + 2^32, so that SMMLAR of acc, factor and acc is the first rounding of acc * multiplier /
 * 2^31. SMMLAR by `power`, 2^(32 - right), divides by 2^right and rounds halves up, once 1 is taken from negative
 * numbers. Where these become the output's least value anyway, as behind a ReLU, that is left out. */
#ifndef MCU_REQUANTIZE_DSP_H
#define MCU_REQUANTIZE_DSP_H

#include "arm_nn_types.h"
#include "mcu_dsp.h"
#include "mcu_fixed_point.h"

#if defined(__ARM_FEATURE_DSP)

/* What all channels of an output share. */
typedef struct {
    int32_t offset;
    cmsis_nn_activation activation;
} mcu_output_dsp;

/* mcu_rescale_s8, the long way: one copy. */
int32_t mcu_rescale_any(int32_t acc, int32_t multiplier, int32_t shift, const mcu_output_dsp *output);

/* mcu_rescale_s8 of `count` sums of one channel, short where it can be, to y, `step` elements apart. */
void mcu_rescale_sums(const int32_t *acc, int32_t count, int32_t multiplier, int32_t shift,
                      const mcu_output_dsp *output, int8_t *y, int32_t step);

typedef struct {
    int32_t factor;
    int32_t power;
} mcu_short_rescaling;

MCU_INLINE int mcu_short_rescaling_fits(int32_t multiplier, int32_t shift)
{
    return multiplier >= INT32_C(1) << 30 && (uint32_t)(shift + 31) < 30u;
}

MCU_INLINE int mcu_short_rescaling_clamps(const cmsis_nn_activation *activation)
{
    return activation->min == -128 && activation->max == 127;
}

MCU_INLINE mcu_short_rescaling mcu_short_rescaling_of(int32_t multiplier, int32_t shift)
{
    const mcu_short_rescaling rescaling = {(int32_t)((uint32_t)multiplier << 1), 1 << ((32 + shift) & 31)};
    return rescaling;
}

/* mcu_rescale_s8, short where it can be. */
MCU_INLINE int32_t mcu_rescale_dsp(int32_t acc, int32_t multiplier, int32_t shift, const mcu_output_dsp *output)
{
    if (mcu_short_rescaling_fits(multiplier, shift) && mcu_short_rescaling_clamps(&output->activation)) {
        const mcu_short_rescaling rescaling = mcu_short_rescaling_of(multiplier, shift);
        const int32_t scaled = mcu_multiply_add_high(acc, rescaling.factor, acc);
        return mcu_saturate_8(mcu_multiply_add_high(scaled + (scaled >> 31), rescaling.power, output->offset));
    }
    return mcu_rescale_any(acc, multiplier, shift, output);
}

#define MCU_RESCALE_PAIRS(negative) \
    __asm__ volatile("2: cbz %[pairs], 3f\n" \
                     "1: ldrd %[a], %[b], [%[acc]], #8\n\t" \
                     "smmlar %[a], %[a], %[factor], %[a]\n\t" \
                     "smmlar %[b], %[b], %[factor], %[b]\n\t" negative \
                     "smmlar %[a], %[a], %[power], %[offset]\n\t" \
                     "smmlar %[b], %[b], %[power], %[offset]\n\t" \
                     "ssat %[a], #8, %[a]\n\t" \
                     "ssat %[b], #8, %[b]\n\t" \
                     "strb %[b], [%[y], %[second]]\n\t" \
                     "strb %[a], [%[y]]\n\t" \
                     "add %[y], %[y], %[advance]\n\t" \
                     "subs %[pairs], #1\n\t" \
                     "bne 1b\n" \
                     "3:" \
                     : [acc] "+&r"(acc), [y] "+&r"(y), [pairs] "+&l"(pairs), [a] "=&r"(a), [b] "=&r"(b) \
                     : [factor] "r"(rescaling->factor), [power] "r"(rescaling->power), [offset] "r"(output_offset), \
                       [second] "r"(second), [advance] "r"(advance) \
                     : "cc", "memory")

/* Pairs of accumulators to y[0] and y[second], each `advance` behind the one before; of one more, if is_odd, only the
 * first. */
MCU_INLINE void mcu_rescale_pairs(const int32_t *acc, const mcu_short_rescaling *rescaling, int32_t output_offset,
                                  int32_t pairs, int32_t second, int32_t advance, int32_t is_odd, int8_t *y)
{
    int32_t a, b;
    for (;;) {
        if (output_offset == -128) {
            MCU_RESCALE_PAIRS("");
        } else {
            MCU_RESCALE_PAIRS("add %[a], %[a], %[a], asr #31\n\t"
                              "add %[b], %[b], %[b], asr #31\n\t");
        }
        if (is_odd == 0) {
            return;
        }
        is_odd = 0; /* the first is stored last */
        pairs = 1;
        second = 0;
    }
}

#undef MCU_RESCALE_PAIRS

#endif

#endif
