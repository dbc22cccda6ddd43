#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_depthwise_mve.h"
#elif MCU_DSP
#include "mcu_depthwise_dsp.h"
#elif MCU_THUMB
#include "mcu_depthwise_columns.h"
#endif

#if !MCU_HELIUM
/* 3x3 depthwise convolution with any stride and padding. Rows and columns of the kernel that lie in padding are left
 * out; away from the left and right border a kernel row is three products without a loop.
 * Loop order: output row, output column, channel, kernel row. */
MCU_OUT_OF_LINE void mcu_depthwise_3x3_portable(const cmsis_nn_dw_conv_params *dw_conv_params,
                                                const cmsis_nn_per_channel_quant_params *quant_params,
                                                const cmsis_nn_dims *input_dims, const int8_t *x, const int8_t *weights,
                                                const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    const int32_t input_row = input_dims->w * input_ch;
#if !MCU_THUMB
    const cmsis_nn_tile stride = dw_conv_params->stride;
    const cmsis_nn_tile padding = dw_conv_params->padding;
    const int32_t kernel_row = 3 * input_ch;
    const int32_t input_offset = dw_conv_params->input_offset;
    const int32_t output_offset = dw_conv_params->output_offset;
    const int32_t *multiplier = quant_params->multiplier;
    const int32_t *shift = quant_params->shift;
    const int32_t act_min = dw_conv_params->activation.min;
    const int32_t act_max = dw_conv_params->activation.max;
#endif

    for (int32_t batch = 0; batch < input_dims->n; ++batch, x += input_dims->h * input_row) {
#if MCU_THUMB
        mcu_depthwise_columns(dw_conv_params, quant_params, input_dims, x, weights, bias, output_dims, y);
        y += output_dims->h * output_dims->w * input_ch;
#else
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            const int32_t top = out_row * stride.h - padding.h;
            const mcu_taps rows = mcu_taps_inside(top, 1, 3, input_dims->h);

            for (int32_t out_col = 0; out_col < output_dims->w; ++out_col) {
                const int32_t left = out_col * stride.w - padding.w;
                const mcu_taps cols = mcu_taps_inside(left, 1, 3, input_dims->w);
                const int32_t covered = cols.end - cols.begin;

                for (int32_t ch = 0; ch < input_ch; ++ch) {
                    int32_t acc = bias[ch];
                    for (int32_t row = rows.begin; covered > 0 && row < rows.end; ++row) {
                        const int8_t *x_row = x + (top + row) * input_row + (left + cols.begin) * input_ch + ch;
                        const int8_t *weights_row = weights + row * kernel_row + cols.begin * input_ch + ch;
                        if (covered == 3) {
                            acc += (x_row[0] + input_offset) * weights_row[0];
                            acc += (x_row[input_ch] + input_offset) * weights_row[input_ch];
                            acc += (x_row[2 * input_ch] + input_offset) * weights_row[2 * input_ch];
                        } else {
                            acc = mcu_dot_s8(x_row, input_ch, weights_row, input_ch, covered, input_offset, acc);
                        }
                    }
                    y[ch] = mcu_rescale_s8(acc, multiplier[ch], shift[ch], output_offset, act_min, act_max);
                }
                y += input_ch;
            }
        }
#endif
    }
}
#endif

arm_cmsis_nn_status arm_depthwise_conv_3x3_s8(const cmsis_nn_context *ctx,
                                              const cmsis_nn_dw_conv_params *dw_conv_params,
                                              const cmsis_nn_per_channel_quant_params *quant_params,
                                              const cmsis_nn_dims *input_dims, const int8_t *x,
                                              const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                              const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                              const cmsis_nn_dims *output_dims, int8_t *y)
{
    (void)ctx;
    (void)bias_dims;
    if (((filter_dims->h ^ 3) | (filter_dims->w ^ 3) | (output_dims->c ^ input_dims->c) |
         (dw_conv_params->dilation.h ^ 1) | (dw_conv_params->dilation.w ^ 1)) != 0) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
#if MCU_HELIUM
    mcu_depthwise_3x3_mve(dw_conv_params, quant_params, input_dims, x, weights, bias, output_dims, y);
#else
#if MCU_DSP
    if (input_dims->c >= 4) {
        mcu_depthwise_3x3_dsp(dw_conv_params, quant_params, input_dims, x, weights, bias, output_dims, y);
        return ARM_CMSIS_NN_SUCCESS;
    }
#endif
    mcu_depthwise_3x3_portable(dw_conv_params, quant_params, input_dims, x, weights, bias, output_dims, y);
#endif
    return ARM_CMSIS_NN_SUCCESS;
}
