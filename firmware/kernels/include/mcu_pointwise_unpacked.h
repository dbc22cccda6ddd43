/* 1x1 convolution of a run of pixels on Cortex-M0 and M3: of one channel; with -Os on Cortex-M0 of any number. */
#ifndef MCU_POINTWISE_UNPACKED_H
#define MCU_POINTWISE_UNPACKED_H

#include "arm_nn_types.h"
#include "mcu_offset_sums.h"
#if defined(__ARM_ARCH_6M__)
#include "mcu_fixed_point_v6m.h"
#else
#include "mcu_fixed_point_v7m.h"
#endif

/* Ends of two runs of inputs and of two runs of weights, minus their length, and two initial accumulators, in the order
 * in which they are loaded. */
typedef struct {
    const int8_t *x_a;
    const int8_t *x_b;
    const int8_t *weights_a;
    const int8_t *weights_b;
    int32_t begin;
    int32_t acc_a;
    int32_t acc_b;
} mcu_block;

#if defined(__ARM_ARCH_6M__)
#include "mcu_products_v6m.h"
#else
#include "mcu_products_v7m.h"
#endif

/* Two output channels, whose constants are prepared once, for all pixels: two by two, an odd last one alone. An odd
 * last channel is its own partner. A function of its own, so that its frame is no part of the deeper path.
 * Loop order: output channel, pixel, input channel. */
static __attribute__((noinline)) void mcu_pointwise_unpacked(const cmsis_nn_conv_params *conv_params,
                                                             const cmsis_nn_per_channel_quant_params *quant_params,
                                                             const int8_t *x, int32_t step, int32_t pixels,
                                                             int32_t input_ch, const int8_t *weights,
                                                             const int32_t *bias, int32_t output_ch, int8_t *y)
{
    const int32_t output_offset = conv_params->output_offset;
    const int32_t act_min = conv_params->activation.min;
    const int32_t act_max = conv_params->activation.max;

    for (int32_t ch = 0; ch < output_ch; ch += 2) {
        const int32_t next = ch + 1 < output_ch;
        mcu_scale scale_a;
        mcu_scale scale_b;
        int8_t *y_at = y + ch;
        mcu_block block;

        mcu_prepare_scale(&scale_a, quant_params->multiplier[ch], quant_params->shift[ch], output_offset, act_min,
                          act_max);
        mcu_prepare_scale(&scale_b, quant_params->multiplier[ch + next], quant_params->shift[ch + next], output_offset,
                          act_min, act_max);
        block.x_a = x + input_ch;
        block.x_b = block.x_a + step;
        block.weights_a = weights + (ch + 1) * input_ch;
        block.weights_b = block.weights_a + next * input_ch;
        block.begin = -input_ch;
        block.acc_a = mcu_offset_bias(bias[ch], weights + ch * input_ch, input_ch, conv_params->input_offset);
        block.acc_b = mcu_offset_bias(bias[ch + next], weights + (ch + next) * input_ch, input_ch,
                                      conv_params->input_offset);
        for (int32_t pair = pixels / 2; pair > 0; --pair) {
            MCU_PRODUCTS_2X2(block, acc_aa, acc_ab, acc_ba, acc_bb)
            y_at[0] = (int8_t)mcu_rescale(acc_aa, &scale_a);
            y_at[next] = (int8_t)mcu_rescale(acc_ab, &scale_b);
            y_at += output_ch;
            y_at[0] = (int8_t)mcu_rescale(acc_ba, &scale_a);
            y_at[next] = (int8_t)mcu_rescale(acc_bb, &scale_b);
            y_at += output_ch;
            block.x_a += 2 * step;
            block.x_b += 2 * step;
        }
        if (pixels % 2 != 0) {
            int32_t acc_a = block.acc_a;
            int32_t acc_b = block.acc_b;
            for (int32_t i = -input_ch; i < 0; ++i) {
                acc_a += block.x_a[i] * block.weights_a[i];
                acc_b += block.x_a[i] * block.weights_b[i];
            }
            y_at[0] = (int8_t)mcu_rescale(acc_a, &scale_a);
            y_at[next] = (int8_t)mcu_rescale(acc_b, &scale_b);
        }
    }
}

#endif
