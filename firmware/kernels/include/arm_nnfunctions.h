/* The CMSIS-NN functions that mcucompile's C calls: names, parameters and results are CMSIS-NN's, the code is ours.
 *
 * Activations are int8 NHWC, x the input and y the output, which must not overlap unless a function says so. bias is
 * never NULL; ctx, bias_dims and every other parameter described as unused may be. No dimension is 0. No function needs
 * scratch memory.
 */
#ifndef ARM_NNFUNCTIONS_H
#define ARM_NNFUNCTIONS_H

#include "arm_nn_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Convolution; weights [O, kh, kw, I / groups] with dimensions {n, h, w, c}. Chooses one of the three below. */
arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                            const cmsis_nn_per_channel_quant_params *quant_params,
                                            const cmsis_nn_dims *input_dims, const int8_t *x,
                                            const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                            const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                            const cmsis_nn_dims *output_dims, int8_t *y);

/* Any convolution. upscale_dims must be NULL: ARM_CMSIS_NN_NO_IMPL_ERROR otherwise. */
arm_cmsis_nn_status arm_convolve_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                    const cmsis_nn_per_channel_quant_params *quant_params,
                                    const cmsis_nn_dims *input_dims, const int8_t *x, const cmsis_nn_dims *filter_dims,
                                    const int8_t *weights, const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                    const cmsis_nn_dims *upscale_dims, const cmsis_nn_dims *output_dims, int8_t *y);

/* 1x1 convolution without padding; the fast one takes stride 1 only. ARM_CMSIS_NN_ARG_ERROR otherwise. */
arm_cmsis_nn_status arm_convolve_1x1_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                        const cmsis_nn_per_channel_quant_params *quant_params,
                                        const cmsis_nn_dims *input_dims, const int8_t *x,
                                        const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                        const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                        const cmsis_nn_dims *output_dims, int8_t *y);

arm_cmsis_nn_status arm_convolve_1x1_s8_fast(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                             const cmsis_nn_per_channel_quant_params *quant_params,
                                             const cmsis_nn_dims *input_dims, const int8_t *x,
                                             const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                             const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                             const cmsis_nn_dims *output_dims, int8_t *y);

/* Depthwise convolution; weights [kh, kw, C * M] with dimensions {1, h, w, c}. Chooses one of the two below. */
arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *ctx,
                                                  const cmsis_nn_dw_conv_params *dw_conv_params,
                                                  const cmsis_nn_per_channel_quant_params *quant_params,
                                                  const cmsis_nn_dims *input_dims, const int8_t *x,
                                                  const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                                  const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                                  const cmsis_nn_dims *output_dims, int8_t *y);

/* Any depthwise convolution. */
arm_cmsis_nn_status arm_depthwise_conv_s8(const cmsis_nn_context *ctx, const cmsis_nn_dw_conv_params *dw_conv_params,
                                          const cmsis_nn_per_channel_quant_params *quant_params,
                                          const cmsis_nn_dims *input_dims, const int8_t *x,
                                          const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                          const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                          const cmsis_nn_dims *output_dims, int8_t *y);

/* 3x3, one output channel per input channel, no dilation; any padding. ARM_CMSIS_NN_ARG_ERROR otherwise. */
arm_cmsis_nn_status arm_depthwise_conv_3x3_s8(const cmsis_nn_context *ctx,
                                              const cmsis_nn_dw_conv_params *dw_conv_params,
                                              const cmsis_nn_per_channel_quant_params *quant_params,
                                              const cmsis_nn_dims *input_dims, const int8_t *x,
                                              const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                              const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                              const cmsis_nn_dims *output_dims, int8_t *y);

/* Matrix times vector, for input_dims->n vectors; weights [O, K] with K = filter_dims->n, O = output_dims->c. */
arm_cmsis_nn_status arm_fully_connected_s8(const cmsis_nn_context *ctx, const cmsis_nn_fc_params *fc_params,
                                           const cmsis_nn_per_tensor_quant_params *quant_params,
                                           const cmsis_nn_dims *input_dims, const int8_t *x,
                                           const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                           const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                           const cmsis_nn_dims *output_dims, int8_t *y);

/* Sum of two vectors, each shifted left by left_shift and rescaled first. y may be x1 or x2. */
arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t *x1, const int8_t *x2, int32_t input_1_offset,
                                           int32_t input_1_multiplier, int32_t input_1_shift, int32_t input_2_offset,
                                           int32_t input_2_multiplier, int32_t input_2_shift, int32_t left_shift,
                                           int8_t *y, int32_t output_offset, int32_t output_multiplier,
                                           int32_t output_shift, int32_t act_min, int32_t act_max, int32_t block_size);

/* Product of two vectors. y may be x1 or x2. */
arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t *x1, const int8_t *x2, int32_t input_1_offset,
                                           int32_t input_2_offset, int8_t *y, int32_t output_offset,
                                           int32_t multiplier, int32_t shift, int32_t act_min, int32_t act_max,
                                           int32_t block_size);

/* Mean and maximum over windows of filter_dims->h x filter_dims->w, padding left out. ARM_CMSIS_NN_ARG_ERROR if a
 * window lies wholly in the padding. */
arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *pool_params,
                                   const cmsis_nn_dims *input_dims, const int8_t *x, const cmsis_nn_dims *filter_dims,
                                   const cmsis_nn_dims *output_dims, int8_t *y);

arm_cmsis_nn_status arm_max_pool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *pool_params,
                                    const cmsis_nn_dims *input_dims, const int8_t *x, const cmsis_nn_dims *filter_dims,
                                    const cmsis_nn_dims *output_dims, int8_t *y);

/* Softmax of num_rows rows of row_size (1 to 4095) elements; the output's scale is 1/256, its zero point -128. y may
 * be x. */
void arm_softmax_s8(const int8_t *x, int32_t num_rows, int32_t row_size, int32_t multiplier, int32_t shift,
                    int32_t diff_min, int8_t *y);

/* Bytes of scratch memory that ctx->buf must hold: none. */
static inline int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params *conv_params,
                                                              const cmsis_nn_dims *input_dims,
                                                              const cmsis_nn_dims *filter_dims,
                                                              const cmsis_nn_dims *output_dims)
{
    (void)conv_params, (void)input_dims, (void)filter_dims, (void)output_dims;
    return 0;
}

static inline int32_t arm_convolve_s8_get_buffer_size(const cmsis_nn_dims *input_dims, const cmsis_nn_dims *filter_dims)
{
    (void)input_dims, (void)filter_dims;
    return 0;
}

static inline int32_t arm_convolve_1x1_s8_fast_get_buffer_size(const cmsis_nn_dims *input_dims)
{
    (void)input_dims;
    return 0;
}

static inline int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params *dw_conv_params,
                                                                    const cmsis_nn_dims *input_dims,
                                                                    const cmsis_nn_dims *filter_dims,
                                                                    const cmsis_nn_dims *output_dims)
{
    (void)dw_conv_params, (void)input_dims, (void)filter_dims, (void)output_dims;
    return 0;
}

static inline int32_t arm_fully_connected_s8_get_buffer_size(const cmsis_nn_dims *filter_dims)
{
    (void)filter_dims;
    return 0;
}

static inline int32_t arm_avgpool_s8_get_buffer_size(int dim_dst_width, int ch_src)
{
    (void)dim_dst_width, (void)ch_src;
    return 0;
}

#ifdef __cplusplus
}
#endif

#endif
