/* 3x3 depthwise convolution on Cortex-M3. */
#ifndef MCU_DEPTHWISE_V7M_H
#define MCU_DEPTHWISE_V7M_H

#include "arm_nnsupportfunctions.h"
#include "mcu_clamp.h"
#include "mcu_columns_v7m.h"

/* An image whose rows the assembly can make: no more than one column of padding on either side, and one output without
 * any on its right. */
static inline int mcu_has_columns(const cmsis_nn_dw_conv_params *dw_conv_params, const cmsis_nn_dims *input_dims,
                                  const cmsis_nn_dims *output_dims)
{
    const int32_t stride = dw_conv_params->stride.w;
    const int32_t padding = dw_conv_params->padding.w;

    return stride >= 1 && stride <= 2 && padding >= 0 && padding <= 1 && input_dims->h > 0 && output_dims->w > 0 &&
           3 - padding <= input_dims->w && (output_dims->w - 1) * stride - padding + 2 <= input_dims->w;
}

/* A row of one channel, of any stride and padding. */
static __attribute__((noinline)) void mcu_depthwise_any_row(const cmsis_nn_dw_conv_params *dw_conv_params,
                                                            const cmsis_nn_dims *input_dims, const int8_t *x,
                                                            int32_t top, const int8_t *weights, int32_t bias,
                                                            int32_t multiplier, int32_t shift, int32_t outputs,
                                                            int8_t *y)
{
    const int32_t channels = input_dims->c;
    const mcu_taps rows = mcu_taps_inside(top, 1, 3, input_dims->h);

    for (int32_t out_col = 0; out_col < outputs; ++out_col, y += channels) {
        const int32_t left = out_col * dw_conv_params->stride.w - dw_conv_params->padding.w;
        const mcu_taps cols = mcu_taps_inside(left, 1, 3, input_dims->w);
        int32_t acc = bias;

        for (int32_t row = rows.begin; cols.begin < cols.end && row < rows.end; ++row) {
            acc = mcu_dot_s8(x + ((top + row) * input_dims->w + left + cols.begin) * channels, channels,
                             weights + (3 * row + cols.begin) * channels, channels, cols.end - cols.begin,
                             dw_conv_params->input_offset, acc);
        }
        *y = mcu_rescale_s8(acc, multiplier, shift, dw_conv_params->output_offset, dw_conv_params->activation.min,
                            dw_conv_params->activation.max);
    }
}

/* Where the three kernel rows lie, those in padding anywhere in the input, and the constants of one channel but for the
 * rescaling. */
static inline void mcu_prepare_columns(mcu_columns *columns, const int8_t *weights, int32_t channels, mcu_taps rows,
                                       int32_t bias, int32_t input_offset, int32_t stride)
{
    int32_t *at = columns->constants + 1;
    int32_t *middle = stride == 1 ? at + 1 : columns->constants + 10;
    const int32_t row_step = stride == 1 ? 3 : 2;
    int32_t left_sum = 0;
    int32_t right_sum = 0;
    int32_t sum = 0;

    for (int32_t row = 0; row < 3; ++row, weights += 3 * channels) {
        const int inside = row >= rows.begin && row < rows.end;
        const int32_t w0 = inside ? weights[0] : 0;
        const int32_t w1 = inside ? weights[channels] : 0;
        const int32_t w2 = inside ? weights[2 * channels] : 0;

        at[0] = w2;
        at[row_step - 1] = w0;
        *middle = w1;
        at += row_step;
        middle += stride == 1 ? 3 : 1;
        left_sum += w0;
        right_sum += w2;
        sum += w1;
        columns->left[row] = w0;
    }
    columns->constants[0] = bias + (sum + left_sum + right_sum) * input_offset;
    columns->first = columns->constants[0] - left_sum * input_offset;
    columns->correction = -right_sum * input_offset;
}

/* Each channel's weights are widened once for all rows that lie inside the input. Where a factor is 1/2 or more, or 0,
 * or the shape asks for it, a channel is left to portable code. Loop order: channel, output row, output column. */
static inline void mcu_depthwise_v7m(const cmsis_nn_dw_conv_params *dw_conv_params,
                                     const cmsis_nn_per_channel_quant_params *quant_params,
                                     const cmsis_nn_dims *input_dims, const int8_t *x, const int8_t *weights,
                                     const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t channels = input_dims->c;
    const int32_t input_row = input_dims->w * channels;
    const int32_t output_row = output_dims->w * channels;
    const int32_t stride = dw_conv_params->stride.w;
    const int32_t padding = dw_conv_params->padding.w;
    const int32_t last = input_dims->h - 1;
    const int has_columns = mcu_has_columns(dw_conv_params, input_dims, output_dims);
    mcu_columns columns;

    columns.channels = channels;
    columns.one_more = (output_dims->w - 1) * stride - padding + 2 == input_dims->w;
    columns.outputs = output_dims->w - columns.one_more;
    for (int32_t ch = 0; ch < channels; ++ch) {
        const int32_t shift = quant_params->shift[ch];
        int32_t *rescaling = columns.constants + (stride == 1 ? 10 : 7);
        mcu_taps prepared = {3, 0};

        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            const int32_t top = out_row * dw_conv_params->stride.h - dw_conv_params->padding.h;

            if (!has_columns || shift >= 0) {
                mcu_depthwise_any_row(dw_conv_params, input_dims, x + ch, top, weights + ch, bias[ch],
                                      quant_params->multiplier[ch], shift, output_dims->w,
                                      y + out_row * output_row + ch);
                continue;
            }
            const mcu_taps rows = mcu_taps_inside(top, 1, 3, input_dims->h);
            const int8_t *x_a = x + mcu_min(mcu_max(top, 0), last) * input_row + ch;
            const int8_t *x_b = x + mcu_min(mcu_max(top + 1, 0), last) * input_row + ch;
            const int8_t *x_c = x + mcu_min(mcu_max(top + 2, 0), last) * input_row + ch;

            if (rows.begin != prepared.begin || rows.end != prepared.end) {
                mcu_prepare_columns(&columns, weights + ch, channels, rows, bias[ch], dw_conv_params->input_offset,
                                    stride);
                rescaling[0] = (int32_t)((uint32_t)quant_params->multiplier[ch] << 1);
                rescaling[1] = -shift;
                rescaling[2] = dw_conv_params->output_offset;
                prepared = rows;
            }
            columns.x = x_a;
            columns.to_second_row = (int32_t)(x_b - x_a);
            columns.to_third_row = (int32_t)(x_c - x_a);
            columns.y = y + out_row * output_row + ch;
            if (padding == 0) {
                columns.first = columns.constants[0] + *x_a * columns.left[0] + *x_b * columns.left[1] + *x_c * columns.left[2];
                columns.x += channels;
            }
            if (stride == 1) {
                mcu_columns_of_stride_1(&columns);
            } else {
                mcu_columns_of_stride_2(&columns);
            }
        }
    }
    mcu_clamp(y, channels, output_dims->h * output_dims->w, channels, dw_conv_params->activation);
}

#endif
