#include "arm_nnfunctions.h"

/* Depthwise convolution by the fastest function that can do it. */
arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *ctx,
                                                  const cmsis_nn_dw_conv_params *dw_conv_params,
                                                  const cmsis_nn_per_channel_quant_params *quant_params,
                                                  const cmsis_nn_dims *input_dims, const int8_t *x,
                                                  const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                                  const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                                  const cmsis_nn_dims *output_dims, int8_t *y)
{
    const cmsis_nn_tile dilation = dw_conv_params->dilation;

    if (filter_dims->h == 3 && filter_dims->w == 3 && dw_conv_params->ch_mult == 1 && dilation.h == 1 &&
        dilation.w == 1) {
        return arm_depthwise_conv_3x3_s8(ctx, dw_conv_params, quant_params, input_dims, x, filter_dims, weights,
                                         bias_dims, bias, output_dims, y);
    }
    return arm_depthwise_conv_s8(ctx, dw_conv_params, quant_params, input_dims, x, filter_dims, weights, bias_dims,
                                 bias, output_dims, y);
}
