#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_filters_mve.h"
#endif

/* 1x1 convolution of stride 1 without padding: the whole input is one run of adjacent pixels. */
arm_cmsis_nn_status arm_convolve_1x1_s8_fast(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                             const cmsis_nn_per_channel_quant_params *quant_params,
                                             const cmsis_nn_dims *input_dims, const int8_t *x,
                                             const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                             const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                             const cmsis_nn_dims *output_dims, int8_t *y)
{
    (void)ctx;
    (void)filter_dims;
    (void)bias_dims;
    if (((conv_params->padding.h | conv_params->padding.w) | (conv_params->stride.h ^ 1) |
         (conv_params->stride.w ^ 1)) != 0) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    const int32_t input_ch = input_dims->c;
    const int32_t output_ch = output_dims->c;
    const int32_t pixels = input_dims->n * input_dims->h * input_dims->w;

#if MCU_HELIUM
    if (MCU_FOR_SPEED_MVE &&
        mcu_pointwise_mve(conv_params, quant_params, x, input_ch, pixels, input_ch, weights, bias, output_ch, y)) {
        return ARM_CMSIS_NN_SUCCESS;
    }
#endif
    mcu_pointwise_s8(conv_params, quant_params, x, input_ch, pixels, input_ch, weights, bias, output_ch, y);
    return ARM_CMSIS_NN_SUCCESS;
}
