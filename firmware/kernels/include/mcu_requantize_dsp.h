/* mcu_rescale_s8 in a few instructions, for what nearly every channel of a network has: a shift to the right by
 * [1, 20], and accumulators below 2^30.
 *
 * Then 2 * acc fits, and SMMULR of it is floor((2 * acc * multiplier + 2^31) / 2^32), which is the first rounding. The
 * second, halves away from zero, is floor((x + 2^(right - 1) - (x < 0)) / 2^right); the output's offset, shifted left,
 * joins its constant. */
#ifndef MCU_REQUANTIZE_DSP_H
#define MCU_REQUANTIZE_DSP_H

#include "arm_nn_types.h"
#include "mcu_dsp.h"
#include "mcu_fixed_point.h"

#if defined(__ARM_FEATURE_DSP)

/* How a channel is rescaled. right: 0 where it takes mcu_rescale_s8. */
typedef struct {
    int32_t multiplier;
    int32_t right;
    int32_t constant;
    int32_t shift;
} mcu_rescaling;

/* |bias| stays below; what comes on top, at most 2^14 products of at most 255 * 128, then leaves the sum below 2^30. */
#define MCU_RESCALING_BIAS (1 << 28)

MCU_INLINE mcu_rescaling mcu_rescaling_of(int32_t multiplier, int32_t shift, int32_t bias, int32_t output_offset)
{
    const int fast = (uint32_t)(shift + 20) < 20u &&
                     (uint32_t)bias + MCU_RESCALING_BIAS < 2u * MCU_RESCALING_BIAS;
    mcu_rescaling rescaling = {multiplier, 0, 0, shift};

    if (fast) {
        rescaling.right = -shift;
        rescaling.constant = (1 << (-shift - 1)) + output_offset * (1 << -shift);
    }
    return rescaling;
}

/* Of a channel whose `right` is not 0, to the limits of int8. */
MCU_INLINE int32_t mcu_rescale_fast(int32_t acc, int32_t multiplier, int32_t constant, int32_t right)
{
    int32_t x, y;
    __asm__("smmulr %0, %1, %2" : "=r"(x) : "r"(acc * 2), "r"(multiplier));
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"((x + (constant + (x >> 31))) >> right));
    return y;
}

/* n accumulators of one channel into y, step elements apart. */
MCU_OUT_OF_LINE void mcu_rescale_any(const int32_t *acc, const mcu_rescaling *rescaling, int32_t output_offset,
                                     const cmsis_nn_activation *activation, int32_t n, int8_t *y, int32_t step)
{
    for (int32_t i = 0; i < n; ++i) {
        if (rescaling->right == 0) {
            y[i * step] = mcu_rescale_s8(acc[i], rescaling->multiplier, rescaling->shift, output_offset,
                                         activation->min, activation->max);
        } else {
            const int32_t value = mcu_rescale_fast(acc[i], rescaling->multiplier, rescaling->constant,
                                                   rescaling->right);
            y[i * step] = (int8_t)mcu_min(mcu_max(value, activation->min), activation->max);
        }
    }
}

/* The shortest form, for multipliers in [2^30, 2^31) and shifts to the right by [2, 31], whatever the accumulators.
 *
 * 2 * multiplier is `factor` + 2^32, so that SMMLAR of acc, factor and acc is the first rounding of acc * multiplier /
 * 2^31. SMMLAR by `power`, 2^(32 - right), divides by 2^right and rounds halves up, once 1 is taken from negative
 * numbers. Where these become the output's least value anyway, that is left out. power: 0 where none of this holds. */
typedef struct {
    int32_t factor;
    int32_t power;
} mcu_short_rescaling;

MCU_INLINE mcu_short_rescaling mcu_short_rescaling_of(int32_t multiplier, int32_t shift,
                                                      const cmsis_nn_activation *activation)
{
    const int fits = multiplier >= INT32_C(1) << 30 && (uint32_t)(shift + 31) < 30u && activation->min == -128 &&
                     activation->max == 127;
    const mcu_short_rescaling rescaling = {(int32_t)((uint32_t)multiplier << 1), fits ? 1 << ((32 + shift) & 31) : 0};
    return rescaling;
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
                     : [acc] "+r"(acc), [y] "+r"(y), [pairs] "+l"(pairs), [a] "=&r"(a), [b] "=&r"(b) \
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
