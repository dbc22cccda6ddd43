/* 3x3 depthwise convolution on Cortex-M0 and M3. */
#ifndef MCU_DEPTHWISE_COLUMNS_H
#define MCU_DEPTHWISE_COLUMNS_H

#include "arm_nnsupportfunctions.h"
#include "mcu_clamp.h"
#if defined(__ARM_ARCH_6M__)
#include "mcu_columns_v6m.h"
#else
#include "mcu_columns_v7m.h"
#endif

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

/* The constants of one channel but for the rescaling. */
static inline void mcu_prepare_weights(mcu_columns *columns, const int8_t *weights, int32_t channels, int32_t begin,
                                       int32_t end, int32_t bias, int32_t input_offset, int32_t stride)
{
    int32_t *at = columns->constants + 1;
    int32_t *middle = stride == 1 ? at + 1 : columns->constants + MCU_FIRST_MIDDLE_WEIGHT_OF_STRIDE_2;
    const int32_t row_step = stride == 1 ? 3 : 2;
    int32_t left_sum = 0;
    int32_t right_sum = 0;
    int32_t sum = 0;

    for (int32_t row = 0; row < 3; ++row, weights += 3 * channels) {
        const int inside = row >= begin && row < end;
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

/* Each channel's constants are prepared once for all rows that lie inside the input. Where a factor is 1/2 or more, or
 * 0, or the shape asks for it, a channel is left to portable code. Loop order: channel, output row, output column. */
static inline void mcu_depthwise_columns(const cmsis_nn_dw_conv_params *dw_conv_params,
                                         const cmsis_nn_per_channel_quant_params *quant_params,
                                         const cmsis_nn_dims *input_dims, const int8_t *x, const int8_t *weights,
                                         const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t channels = input_dims->c;
    const int32_t input_row = input_dims->w * channels;
    const int32_t output_row = output_dims->w * channels;
    const int32_t stride = dw_conv_params->stride.w;
    const int32_t padding = dw_conv_params->padding.w;
    const int32_t height = input_dims->h;
    const int32_t one_more = (output_dims->w - 1) * stride - padding + 2 == input_dims->w;
    const int has_columns = mcu_has_columns(dw_conv_params, input_dims, output_dims);
    mcu_columns columns;

    columns.channels = channels;
    columns.outputs = output_dims->w - one_more;
    for (int32_t ch = 0; ch < channels; ++ch) {
        const int32_t shift = quant_params->shift[ch];
        int8_t *y_at = y + ch;
        int32_t begin = 3;
        int32_t end = 0;
        int32_t top = -dw_conv_params->padding.h;

        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            const int32_t first_row = mcu_max(top, 0);
            const int8_t *x_at = x + mcu_min(first_row, height - 1) * input_row + ch;

            if (!has_columns || shift >= 0) {
                mcu_depthwise_any_row(dw_conv_params, input_dims, x + ch, top, weights + ch, bias[ch],
                                      quant_params->multiplier[ch], shift, output_dims->w, y_at);
            } else {
                if (first_row - top != begin || mcu_min(height - top, 3) != end) {
                    const int32_t second_row = mcu_min(mcu_max(top + 1, 0), height - 1);
                    const int32_t third_row = mcu_min(mcu_max(top + 2, 0), height - 1);

                    begin = first_row - top;
                    end = mcu_min(height - top, 3);
                    columns.to_second_row = (second_row - mcu_min(first_row, height - 1)) * input_row;
                    columns.to_third_row = (third_row - mcu_min(first_row, height - 1)) * input_row;
                    mcu_prepare_weights(&columns, weights + ch, channels, begin, end, bias[ch],
                                        dw_conv_params->input_offset, stride);
                    mcu_set_rescaling(&columns, stride, quant_params->multiplier[ch], shift, dw_conv_params);
                }
                columns.x = x_at;
                columns.y = y_at;
                columns.one_more = one_more;
                if (padding == 0) {
                    columns.first = columns.constants[0] + x_at[0] * columns.left[0] +
                                    x_at[columns.to_second_row] * columns.left[1] +
                                    x_at[columns.to_third_row] * columns.left[2];
                    columns.x += channels;
                }
                if (stride == 1) {
                    mcu_columns_of_stride_1(&columns);
                } else {
                    mcu_columns_of_stride_2(&columns);
                }
            }
            top += dw_conv_params->stride.h;
            y_at += output_row;
        }
    }
    mcu_clamp(y, channels, output_dims->h * output_dims->w, channels, dw_conv_params->activation);
}

#endif
