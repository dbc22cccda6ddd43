/* Fixed-point arithmetic of the kernels: reference/fixed_point.py in C. Includes nothing of CMSIS-NN.
 *
 * Right shifts of negative numbers are arithmetic, as gcc, clang and armclang define them.
 */
#ifndef MCU_FIXED_POINT_H
#define MCU_FIXED_POINT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline int32_t mcu_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t mcu_max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* floor((a * b + 2^30) / 2^31); a and b are not both -2^31. */
static inline int32_t mcu_doubling_high_mult(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* Nearest integer to x / 2^exponent, halves away from zero; exponent in [0, 31]. */
static inline int32_t mcu_divide_by_power_of_two(int32_t x, int32_t exponent)
{
    const uint32_t mask = (UINT32_C(1) << exponent) - 1u;
    const uint32_t threshold = (mask >> 1) + (x < 0 ? 1u : 0u);
    return (x >> exponent) + (((uint32_t)x & mask) > threshold ? 1 : 0);
}

/* acc times the factor, with both roundings; shift in [-31, 30], and acc << shift fits in 32 bits. */
static inline int32_t mcu_requantize(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int32_t left = mcu_max(shift, 0);
    const int32_t right = mcu_max(-shift, 0);
    const int32_t shifted = (int32_t)((uint32_t)acc << left);
    return mcu_divide_by_power_of_two(mcu_doubling_high_mult(shifted, multiplier), right);
}

/* clamp(requantize(acc) + output_offset, act_min, act_max), clamped before the addition so that no sum overflows. */
static inline int8_t mcu_rescale_s8(int32_t acc, int32_t multiplier, int32_t shift, int32_t output_offset,
                                    int32_t act_min, int32_t act_max)
{
    const int32_t y = mcu_requantize(acc, multiplier, shift);
    return (int8_t)(mcu_min(mcu_max(y, act_min - output_offset), act_max - output_offset) + output_offset);
}

#ifdef __cplusplus
}
#endif

#endif
