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

/* One channel, of any stride and padding. */
static inline void mcu_depthwise_any(const cmsis_nn_dw_conv_params *dw_conv_params, const cmsis_nn_dims *input_dims,
                                     const int8_t *x, const int8_t *weights, int32_t bias, int32_t multiplier,
                                     int32_t shift, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t channels = input_dims->c;

    for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
        for (int32_t out_col = 0; out_col < output_dims->w; ++out_col, y += channels) {
            const int8_t *weight = weights;
            int32_t acc = bias;

            for (int32_t kernel_row = 0; kernel_row < 3; ++kernel_row) {
                const int32_t row = out_row * dw_conv_params->stride.h - dw_conv_params->padding.h + kernel_row;
                int32_t col = out_col * dw_conv_params->stride.w - dw_conv_params->padding.w;

                for (int32_t end = col + 3; col < end; ++col, weight += channels) {
                    if (row >= 0 && row < input_dims->h && col >= 0 && col < input_dims->w) {
                        acc += (x[(row * input_dims->w + col) * channels] + dw_conv_params->input_offset) * *weight;
                    }
                }
            }
            *y = mcu_rescale_s8(acc, multiplier, shift, dw_conv_params->output_offset, dw_conv_params->activation.min,
                                dw_conv_params->activation.max);
        }
    }
}

/* The weights of kernel rows [begin, end) of one channel, 0 in place of others, and what they say about the bias. */
static inline void mcu_prepare_weights(mcu_columns *columns, const int8_t *weights, int32_t channels, int32_t begin,
                                       int32_t end, int32_t bias, int32_t input_offset)
{
    int32_t left_sum = 0;
    int32_t middle_sum = 0;
    int32_t right_sum = 0;

    for (int32_t row = 0; row < 3; ++row, weights += 3 * channels) {
        int32_t w0 = 0;
        int32_t w1 = 0;
        int32_t w2 = 0;
        if (row >= begin && row < end) {
            w0 = weights[0];
            w1 = weights[channels];
            w2 = weights[2 * channels];
        }
        columns->weights[3 * row] = w2;
        columns->weights[3 * row + 1] = w1;
        columns->weights[3 * row + 2] = w0;
        left_sum += w0;
        middle_sum += w1;
        right_sum += w2;
    }
    columns->correction = -right_sum * input_offset;
    columns->first = (int32_t)((uint32_t)bias + (uint32_t)((middle_sum + right_sum) * input_offset));
    columns->bias = (int32_t)((uint32_t)columns->first + (uint32_t)(left_sum * input_offset));
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
    const cmsis_nn_tile stride = dw_conv_params->stride;
    const int32_t padding = dw_conv_params->padding.w;
    const int32_t last_row = input_dims->h - 1;
    const int32_t one_more = (output_dims->w - 1) * stride.w - padding + 2 == input_dims->w;
    const int has_columns = mcu_has_columns(dw_conv_params, input_dims, output_dims);
    mcu_columns columns;

    columns.channels = channels;
    columns.outputs = output_dims->w - one_more;
    for (int32_t ch = 0; ch < channels; ++ch) {
        int32_t begin = 3; /* the kernel rows whose weights are prepared */
        int32_t end = 0;
        int32_t top = -dw_conv_params->padding.h;

        if (!has_columns || !mcu_columns_rescale(quant_params->multiplier[ch], quant_params->shift[ch])) {
            mcu_depthwise_any(dw_conv_params, input_dims, x + ch, weights + ch, bias[ch], quant_params->multiplier[ch],
                              quant_params->shift[ch], output_dims, y + ch);
            continue;
        }
        mcu_set_rescaling(&columns, quant_params->multiplier[ch], quant_params->shift[ch], dw_conv_params);
        columns.y = y + ch;
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row, top += stride.h) {
            const int32_t above = mcu_max(-top, 0);
            const int32_t inside = mcu_min(last_row + 1 - top, 3);
            const int8_t *x_at = x + ch + mcu_min(top + above, last_row) * input_row;

            if (above != begin || inside != end) {
                begin = above;
                end = inside;
                columns.to_second_row = begin <= 0 && end > 1 ? input_row : 0;
                columns.to_third_row = columns.to_second_row + (begin <= 1 && end > 2 ? input_row : 0);
                mcu_prepare_weights(&columns, weights + ch, channels, begin, end, bias[ch],
                                    dw_conv_params->input_offset);
            }
            columns.x = x_at;
            columns.one_more = one_more;
            if (padding == 0) {
                const int32_t left = x_at[0] * columns.weights[2] +
                                     x_at[columns.to_second_row] * columns.weights[5] +
                                     x_at[columns.to_third_row] * columns.weights[8];
                columns.first = (int32_t)((uint32_t)columns.bias + (uint32_t)left);
                columns.x += channels;
            }
            if (stride.w == 1) {
                mcu_columns_of_stride_1(&columns);
            } else {
                mcu_columns_of_stride_2(&columns);
            }
            columns.y += output_row;
        }
    }
    mcu_clamp(y, channels, output_dims->h * output_dims->w, channels, dw_conv_params->activation);
}

#endif
