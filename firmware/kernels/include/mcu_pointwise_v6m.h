/* 1x1 convolution of a run of pixels on Cortex-M0 that have too many channels to pack them. */
#ifndef MCU_POINTWISE_V6M_H
#define MCU_POINTWISE_V6M_H

#include "arm_nnsupportfunctions.h"

/* A function of its own, so that its frame is no part of the deeper path. Loop order: pixel, output channel. */
static __attribute__((noinline)) void mcu_pointwise_unpacked(const cmsis_nn_conv_params *conv_params,
                                                             const cmsis_nn_per_channel_quant_params *quant_params,
                                                             const int8_t *x, int32_t step, int32_t pixels,
                                                             int32_t input_ch, const int8_t *weights,
                                                             const int32_t *bias, int32_t output_ch, int8_t *y)
{
    for (int32_t pixel = 0; pixel < pixels; ++pixel, x += step) {
        for (int32_t ch = 0; ch < output_ch; ++ch) {
            const int32_t acc = mcu_dot_s8(x, 1, weights + ch * input_ch, 1, input_ch, conv_params->input_offset,
                                           bias[ch]);
            *y++ = mcu_rescale_s8(acc, quant_params->multiplier[ch], quant_params->shift[ch],
                                  conv_params->output_offset, conv_params->activation.min, conv_params->activation.max);
        }
    }
}

#endif
