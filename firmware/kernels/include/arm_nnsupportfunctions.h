/* Fixed-point arithmetic shared by the kernels: reference/fixed_point.py in C.
 *
 * Right shifts of negative numbers are arithmetic, as gcc, clang and armclang define them.
 */
#ifndef ARM_NNSUPPORTFUNCTIONS_H
#define ARM_NNSUPPORTFUNCTIONS_H

#include "arm_nn_types.h"

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
static inline int32_t arm_nn_doubling_high_mult_no_sat(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* Nearest integer to x / 2^exponent, halves away from zero; exponent in [0, 31]. */
static inline int32_t arm_nn_divide_by_power_of_two(int32_t x, int32_t exponent)
{
    const uint32_t mask = (UINT32_C(1) << exponent) - 1u;
    const uint32_t threshold = (mask >> 1) + (x < 0 ? 1u : 0u);
    return (x >> exponent) + (((uint32_t)x & mask) > threshold ? 1 : 0);
}

/* acc times the factor, with both roundings; shift in [-31, 30], and acc << shift fits in 32 bits. */
static inline int32_t arm_nn_requantize(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int32_t left = mcu_max(shift, 0);
    const int32_t right = mcu_max(-shift, 0);
    const int32_t shifted = (int32_t)((uint32_t)acc << left);
    return arm_nn_divide_by_power_of_two(arm_nn_doubling_high_mult_no_sat(shifted, multiplier), right);
}

/* clamp(requantize(acc) + output_offset, act_min, act_max), clamped before the addition so that no sum overflows. */
static inline int8_t mcu_rescale_s8(int32_t acc, int32_t multiplier, int32_t shift, int32_t output_offset,
                                    int32_t act_min, int32_t act_max)
{
    const int32_t y = arm_nn_requantize(acc, multiplier, shift);
    return (int8_t)(mcu_min(mcu_max(y, act_min - output_offset), act_max - output_offset) + output_offset);
}

/* The kernel positions [begin, end) along one axis that fall inside an input of `size` elements. */
typedef struct {
    int32_t begin;
    int32_t end;
} mcu_taps;

/* Position t of the kernel lies at start + t * dilation. */
static inline mcu_taps mcu_taps_inside(int32_t start, int32_t dilation, int32_t kernel, int32_t size)
{
    mcu_taps taps = {0, kernel};
    while (taps.begin < taps.end && start + taps.begin * dilation < 0) {
        ++taps.begin;
    }
    while (taps.begin < taps.end && start + (taps.end - 1) * dilation >= size) {
        --taps.end;
    }
    return taps;
}

/* acc + sum of (x[i * step] + input_offset) * weights[i * weights_step] for i < count. */
static inline int32_t mcu_dot_s8(const int8_t *x, int32_t step, const int8_t *weights, int32_t weights_step,
                                 int32_t count, int32_t input_offset, int32_t acc)
{
    for (int32_t i = 0; i < count; ++i) {
        acc += (x[i * step] + input_offset) * weights[i * weights_step];
    }
    return acc;
}

/* 1x1 convolution of `pixels` pixels of input_ch channels, `step` elements apart, into consecutive pixels of y. */
void mcu_pointwise_s8(const cmsis_nn_conv_params *conv_params, const cmsis_nn_per_channel_quant_params *quant_params,
                      const int8_t *x, int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                      const int32_t *bias, int32_t output_ch, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
