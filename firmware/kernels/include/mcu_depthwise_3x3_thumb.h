/* One output row of a 3x3 depthwise convolution on Cortex-M0 and M3. */
#ifndef MCU_DEPTHWISE_3X3_THUMB_H
#define MCU_DEPTHWISE_3X3_THUMB_H

#include "arm_nnsupportfunctions.h"
#include "mcu_products_3x3_thumb.h"
#include "mcu_scale.h"

/* x: first of the input rows under kernel rows [rows.begin, rows.end). Each channel's weights are widened once, so that
 * loads of several words bring them, and the part of the input offset is added to the bias, for all columns away from
 * the left and right border. Kernel rows at the bottom in padding are dropped by moving the others behind them.
 * Loop order: channel, output column. */
static inline void mcu_depthwise_3x3_row(const cmsis_nn_dw_conv_params *dw_conv_params,
                                         const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                         int32_t width, int32_t channels, mcu_taps rows, const int8_t *weights,
                                         const int32_t *bias, int32_t output_width, int8_t *y)
{
    const int32_t input_offset = dw_conv_params->input_offset;
    const int32_t stride = dw_conv_params->stride.w;
    const int32_t padding = dw_conv_params->padding.w;
    const int32_t input_row = width * channels;
    const int32_t count = rows.end - rows.begin;

    for (int32_t ch = 0; ch < channels; ++ch) {
        const mcu_scale scale =
            mcu_scale_of(quant_params->multiplier[ch], quant_params->shift[ch], dw_conv_params->output_offset,
                         dw_conv_params->activation.min, dw_conv_params->activation.max);
        const int8_t *weights_at = weights + 3 * rows.begin * channels + ch;
        int8_t *y_at = y + ch;
        int32_t wide[9];
        int32_t sum = 0;

        for (int32_t i = 9 - 3 * count; i < 9; ++i) {
            wide[i] = *weights_at;
            sum += *weights_at;
            weights_at += channels;
        }
        mcu_taps_3x3 taps = {x, channels, 2 * channels, bias[ch] + sum * input_offset, input_row - channels, count,
                             wide + 9 - 3 * count};

        for (int32_t out_col = 0; out_col < output_width; ++out_col, y_at += channels) {
            const int32_t left = out_col * stride - padding;
            int32_t acc;

            if (left >= 0 && left + 3 <= width && count > 0) {
                taps.x = x + (left - 1) * channels + ch;
                acc = mcu_products_3x3(&taps);
            } else {
                const mcu_taps cols = mcu_taps_inside(left, 1, 3, width);
                acc = bias[ch];
                for (int32_t row = 0; row < count; ++row) {
                    for (int32_t col = cols.begin; col < cols.end; ++col) {
                        acc += (x[row * input_row + (left + col) * channels + ch] + input_offset) *
                               wide[9 - 3 * (count - row) + col];
                    }
                }
            }
            *y_at = (int8_t)mcu_rescale(acc, &scale);
        }
    }
}

#endif
