/* What the kernels share: windows, sums of products, and the arithmetic of mcu_fixed_point.h. */
#ifndef ARM_NNSUPPORTFUNCTIONS_H
#define ARM_NNSUPPORTFUNCTIONS_H

#include "arm_nn_types.h"
#include "mcu_fixed_point.h"

#ifdef __cplusplus
extern "C" {
#endif

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
