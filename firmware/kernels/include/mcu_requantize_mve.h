/* Requantization of four lanes with Helium: mcu_fixed_point.h, vectorized. Only for cores with __ARM_FEATURE_MVE.
 *
 * VQRDMULH is the doubling high multiplication with the contract's rounding; VRSHL rounds halves up, so a negative
 * number that is divided is made smaller by one first. Where the clamp's lower end is not below zero, a negative number
 * ends there whatever its rounding, and that step goes: `is_plain` says so, and that no shift is positive and that the
 * clamp is int8's range.
 */
#ifndef MCU_REQUANTIZE_MVE_H
#define MCU_REQUANTIZE_MVE_H

#include <arm_mve.h>
#include <stdint.h>

/* Where the activations lie, as lanes are clamped: before the output offset is added. */
typedef struct {
    int32_t output_offset;
    int32_t act_min;
    int32_t act_max;
} mcu_output_mve;

static inline int mcu_is_plain_mve(mcu_output_mve output, int32_t largest_shift)
{
    return largest_shift <= 0 && output.output_offset == -128 && output.act_min == -128 && output.act_max == 127;
}

/* mcu_requantize of four lanes; is_plain: right up to the sign of halves, and only for shifts that are not positive. */
static inline int32x4_t mcu_requantize_mve(int32x4_t acc, int32x4_t multiplier, int32x4_t shift, int is_plain)
{
    if (is_plain) {
        return vrshlq_s32(vqrdmulhq_s32(acc, multiplier), shift);
    } else {
        const int32x4_t zero = vdupq_n_s32(0);
        const int32x4_t right = vminq_s32(shift, zero);
        const int32x4_t high = vqrdmulhq_s32(vshlq_s32(acc, vmaxq_s32(shift, zero)), multiplier);
        return vrshlq_s32(vqaddq_s32(high, vshrq_n_s32(vandq_s32(high, right), 31)), right);
    }
}

/* mcu_rescale_s8 of four lanes; the result is the lowest byte of each. */
static inline int32x4_t mcu_rescale_mve(int32x4_t acc, int32x4_t multiplier, int32x4_t shift, mcu_output_mve output,
                                        int is_plain)
{
    const int32x4_t y = mcu_requantize_mve(acc, multiplier, shift, is_plain);

    if (is_plain) {
        const int32x4_t moved = vqaddq_n_s32(y, -128);
        const int16x8_t halves = vqmovnbq_s32(vreinterpretq_s16_s32(moved), moved);
        return vreinterpretq_s32_s8(vqmovnbq_s16(vreinterpretq_s8_s16(halves), halves));
    } else {
        const int32x4_t low = vdupq_n_s32(output.act_min - output.output_offset);
        const int32x4_t high = vdupq_n_s32(output.act_max - output.output_offset);
        return vaddq_n_s32(vminq_s32(vmaxq_s32(y, low), high), output.output_offset);
    }
}

#endif
