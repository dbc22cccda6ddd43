#include <stddef.h>

#include "arm_nnfunctions.h"

/* Convolution by the fastest function that can do it. A 1x1 kernel is pointwise only if no output lies in padding at
 * the right or bottom, which the parameters do not show. */
arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                            const cmsis_nn_per_channel_quant_params *quant_params,
                                            const cmsis_nn_dims *input_dims, const int8_t *x,
                                            const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                            const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                            const cmsis_nn_dims *output_dims, int8_t *y)
{
    const cmsis_nn_tile stride = conv_params->stride;
    const cmsis_nn_tile padding = conv_params->padding;
    const int pointwise = filter_dims->h == 1 && filter_dims->w == 1 && filter_dims->c == input_dims->c;
    const int inside =
        (output_dims->h - 1) * stride.h < input_dims->h && (output_dims->w - 1) * stride.w < input_dims->w;

    if (pointwise && padding.h == 0 && padding.w == 0 && inside) {
        if (stride.h == 1 && stride.w == 1) {
            return arm_convolve_1x1_s8_fast(ctx, conv_params, quant_params, input_dims, x, filter_dims, weights,
                                            bias_dims, bias, output_dims, y);
        }
        return arm_convolve_1x1_s8(ctx, conv_params, quant_params, input_dims, x, filter_dims, weights, bias_dims, bias,
                                   output_dims, y);
    }
    return arm_convolve_s8(ctx, conv_params, quant_params, input_dims, x, filter_dims, weights, bias_dims, bias, NULL,
                           output_dims, y);
}
