#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_depthwise_any_mve.h"
#elif MCU_DSP
#include "mcu_depthwise_any_dsp.h"
#endif

/* Any depthwise convolution: output channel c * ch_mult + m is input channel c with a filter of its own.
 * Loop order: output row, output column, output channel, kernel row, kernel column. */
MCU_OUT_OF_LINE void mcu_depthwise_portable(const cmsis_nn_dw_conv_params *dw_conv_params,
                                            const cmsis_nn_per_channel_quant_params *quant_params,
                                            const cmsis_nn_dims *input_dims,
                                            const int8_t *x, const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                            const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    const int32_t input_row = input_dims->w * input_ch;
    const int32_t output_ch = output_dims->c;
    const int32_t kernel_row = filter_dims->w * output_ch;
    const int32_t ch_mult = dw_conv_params->ch_mult;
    const int32_t input_offset = dw_conv_params->input_offset;
    const int32_t output_offset = dw_conv_params->output_offset;
    const int32_t *multiplier = quant_params->multiplier;
    const int32_t *shift = quant_params->shift;
    const cmsis_nn_tile stride = dw_conv_params->stride;
    const cmsis_nn_tile padding = dw_conv_params->padding;
    const cmsis_nn_tile dilation = dw_conv_params->dilation;
    const int32_t act_min = dw_conv_params->activation.min;
    const int32_t act_max = dw_conv_params->activation.max;

    for (int32_t batch = 0; batch < input_dims->n; ++batch, x += input_dims->h * input_row) {
#if MCU_HELIUM
        if (ch_mult == 1 && input_ch >= 16 && filter_dims->h <= MCU_DW_ROWS_MVE &&
            filter_dims->w <= MCU_DW_COLUMNS_MVE) {
            mcu_depthwise_any_batch_mve(dw_conv_params, quant_params, input_dims, x, filter_dims, weights, bias,
                                        output_dims, y);
            y += output_dims->h * output_dims->w * output_ch;
            continue;
        }
#endif
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            const int32_t top = out_row * stride.h - padding.h;
            const mcu_taps rows = mcu_taps_inside(top, dilation.h, filter_dims->h, input_dims->h);

            for (int32_t out_col = 0; out_col < output_dims->w; ++out_col) {
                const int32_t left = out_col * stride.w - padding.w;
                const mcu_taps cols = mcu_taps_inside(left, dilation.w, filter_dims->w, input_dims->w);
                const int32_t covered = cols.end - cols.begin;
                int32_t ch = 0;

                for (int32_t in_ch = 0; in_ch < input_ch; ++in_ch) {
                    for (int32_t m = 0; m < ch_mult; ++m, ++ch) {
                        int32_t acc = bias[ch];
                        for (int32_t row = rows.begin; covered > 0 && row < rows.end; ++row) {
                            acc = mcu_dot_s8(x + (top + row * dilation.h) * input_row +
                                                 (left + cols.begin * dilation.w) * input_ch + in_ch,
                                             dilation.w * input_ch,
                                             weights + row * kernel_row + cols.begin * output_ch + ch, output_ch,
                                             covered, input_offset, acc);
                        }
                        y[ch] = mcu_rescale_s8(acc, multiplier[ch], shift[ch], output_offset, act_min, act_max);
                    }
                }
                y += output_ch;
            }
        }
    }
}

arm_cmsis_nn_status arm_depthwise_conv_s8(const cmsis_nn_context *ctx, const cmsis_nn_dw_conv_params *dw_conv_params,
                                          const cmsis_nn_per_channel_quant_params *quant_params,
                                          const cmsis_nn_dims *input_dims, const int8_t *x,
                                          const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                          const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                          const cmsis_nn_dims *output_dims, int8_t *y)
{
    (void)ctx;
    (void)bias_dims;
    if (input_dims->c * dw_conv_params->ch_mult != output_dims->c) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
#if MCU_DSP
    if (mcu_depthwise_any_fits(dw_conv_params, input_dims)) {
        mcu_depthwise_any_dsp(dw_conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims, y);
        return ARM_CMSIS_NN_SUCCESS;
    }
#endif
    mcu_depthwise_portable(dw_conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims, y);
    return ARM_CMSIS_NN_SUCCESS;
}
