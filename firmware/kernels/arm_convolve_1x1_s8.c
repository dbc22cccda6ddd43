#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"

/* 1x1 convolution of any stride without padding: each output row is one run of pixels, stride.w pixels apart. */
arm_cmsis_nn_status arm_convolve_1x1_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                        const cmsis_nn_per_channel_quant_params *quant_params,
                                        const cmsis_nn_dims *input_dims, const int8_t *x,
                                        const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                        const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                        const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    const int32_t input_row = input_dims->w * input_ch;
    const int32_t output_row = output_dims->w * output_dims->c;

    (void)ctx;
    (void)filter_dims;
    (void)bias_dims;
    if (conv_params->padding.h != 0 || conv_params->padding.w != 0) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    for (int32_t batch = 0; batch < input_dims->n; ++batch) {
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            mcu_pointwise_s8(conv_params, quant_params, x + out_row * conv_params->stride.h * input_row,
                             conv_params->stride.w * input_ch, output_dims->w, input_ch, weights, bias, output_dims->c,
                             y);
            y += output_row;
        }
        x += input_dims->h * input_row;
    }
    return ARM_CMSIS_NN_SUCCESS;
}
