/* One output row of a 3x3 depthwise convolution on Cortex-M0 and M3. */
#ifndef MCU_DEPTHWISE_3X3_THUMB_H
#define MCU_DEPTHWISE_3X3_THUMB_H

#include "arm_nnsupportfunctions.h"
#include "mcu_products_3x3_thumb.h"
#include "mcu_scale.h"

/* Returns the sum of `count` weights that lie `step` elements apart. */
static __attribute__((noinline)) int32_t mcu_widen_weights(const int8_t *weights, int32_t step, int32_t count,
                                                           int32_t *wide)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; ++i, weights += step) {
        wide[i] = *weights;
        sum += *weights;
    }
    return sum;
}

/* One output of a channel where some kernel columns lie in padding. */
static __attribute__((noinline)) int8_t mcu_border_column(const int8_t *x, int32_t left, int32_t width,
                                                          int32_t channels, int32_t rows, const int32_t *wide,
                                                          int32_t input_offset, int32_t acc, const mcu_scale *scale)
{
    const mcu_taps cols = mcu_taps_inside(left, 1, 3, width);
    const int8_t *x_row = x + (left + cols.begin) * channels;

    for (int32_t row = 0; row < rows; ++row, x_row += width * channels, wide += 3) {
        const int8_t *x_at = x_row;
        for (int32_t col = cols.begin; col < cols.end; ++col, x_at += channels) {
            acc += (*x_at + input_offset) * wide[col];
        }
    }
    return (int8_t)mcu_rescale(acc, scale);
}

/* x: first of the input rows under kernel rows [rows.begin, rows.end). Each channel's weights are widened once, so that
 * loads of several words bring them, and the part of the input offset is added to the bias, for all columns away from
 * the left and right border.
 * Loop order: channel, output column. */
static inline void mcu_depthwise_3x3_row(const cmsis_nn_dw_conv_params *dw_conv_params,
                                         const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                         int32_t width, int32_t channels, mcu_taps rows, const int8_t *weights,
                                         const int32_t *bias, int32_t output_width, int8_t *y)
{
    const int32_t stride = dw_conv_params->stride.w;
    const int32_t padding = dw_conv_params->padding.w;
    const int32_t input_row = width * channels;
    const int32_t count = rows.end - rows.begin;
    const int32_t step = stride * channels;
    int32_t first = 0;
    int32_t end = output_width;

    while (first < end && first * stride < padding) {
        ++first;
    }
    while (end > first && (count == 0 || (end - 1) * stride - padding + 3 > width)) {
        --end;
    }
    for (int32_t ch = 0; ch < channels; ++ch) {
        const int8_t *x_at = x + (first * stride - padding - 1) * channels + ch;
        int8_t *y_at = y + ch;
        int32_t wide[9];
        mcu_scale scale;
        mcu_taps_3x3 taps = {x_at, channels, 2 * channels, bias[ch], input_row - channels, count, wide};

        mcu_prepare_scale(&scale, quant_params->multiplier[ch], quant_params->shift[ch], dw_conv_params->output_offset,
                          dw_conv_params->activation.min, dw_conv_params->activation.max);
        taps.acc += mcu_widen_weights(weights + 3 * rows.begin * channels + ch, channels, 3 * count, wide) *
                    dw_conv_params->input_offset;
        for (int32_t out_col = 0; out_col < first; ++out_col, y_at += channels) {
            *y_at = mcu_border_column(x + ch, out_col * stride - padding, width, channels, count, wide,
                                      dw_conv_params->input_offset, bias[ch], &scale);
        }
        for (int32_t out_col = first; out_col < end; ++out_col, y_at += channels) {
            taps.x = x_at;
            *y_at = (int8_t)mcu_rescale(mcu_products_3x3(&taps), &scale);
            x_at += step;
        }
        for (int32_t out_col = end; out_col < output_width; ++out_col, y_at += channels) {
            *y_at = mcu_border_column(x + ch, out_col * stride - padding, width, channels, count, wide,
                                      dw_conv_params->input_offset, bias[ch], &scale);
        }
    }
}

#endif
