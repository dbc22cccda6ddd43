/* mcu_rescale_s8 in a few instructions, for what nearly every channel of a network has: a shift to the right by
 * [1, 20], and accumulators below 2^30.
 *
 * Then 2 * acc fits, and SMMULR of it is floor((2 * acc * multiplier + 2^31) / 2^32), which is the first rounding. The
 * second, halves away from zero, is floor((x + 2^(right - 1) - (x < 0)) / 2^right); the output's offset, shifted left, joins
 * its constant. */
#ifndef MCU_REQUANTIZE_DSP_H
#define MCU_REQUANTIZE_DSP_H

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

/* Limits of |accumulator - bias| and |bias|: together below 2^30. */
#define MCU_RESCALING_PRODUCTS (1 << 14)
#define MCU_RESCALING_BIAS (1 << 28)

/* products: how many an accumulator sums, each at most 255 * 128. */
MCU_INLINE mcu_rescaling mcu_rescaling_of(int32_t multiplier, int32_t shift, int32_t bias, int32_t products,
                                          int32_t output_offset)
{
    const int fast = (uint32_t)(shift + 20) < 20u && products <= MCU_RESCALING_PRODUCTS &&
                     (uint32_t)(bias + MCU_RESCALING_BIAS) < 2u * MCU_RESCALING_BIAS;
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

/* One accumulator of any channel; full: whether the limits are those of int8. */
MCU_INLINE int8_t mcu_rescale_dsp(int32_t acc, const mcu_rescaling *rescaling, int32_t output_offset, int32_t act_min,
                                  int32_t act_max, int full)
{
    int32_t y;
    if (rescaling->right == 0) {
        return mcu_rescale_s8(acc, rescaling->multiplier, rescaling->shift, output_offset, act_min, act_max);
    }
    y = mcu_rescale_fast(acc, rescaling->multiplier, rescaling->constant, rescaling->right);
    return (int8_t)(full ? y : mcu_min(mcu_max(y, act_min), act_max));
}

#endif

#endif
