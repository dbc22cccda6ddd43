/* Types of the CMSIS-NN API, as far as these kernels use them; field for field compatible with CMSIS-NN's header. */
#ifndef ARM_NN_TYPES_H
#define ARM_NN_TYPES_H

#include <stdint.h>

typedef enum {
    ARM_CMSIS_NN_SUCCESS = 0,
    ARM_CMSIS_NN_ARG_ERROR = -1,     /* an argument is outside what the function accepts */
    ARM_CMSIS_NN_NO_IMPL_ERROR = -2, /* not implemented here */
    ARM_CMSIS_NN_FAILURE = -3
} arm_cmsis_nn_status;

/* Scratch memory of a call. These kernels need none and never look at it. */
typedef struct {
    void *buf;
    int32_t size; /* bytes */
} cmsis_nn_context;

typedef struct {
    int32_t w;
    int32_t h;
} cmsis_nn_tile;

/* Activations: n batches of h x w x c. The functions say what they mean by it for filters. */
typedef struct {
    int32_t n;
    int32_t h;
    int32_t w;
    int32_t c;
} cmsis_nn_dims;

/* Requantization: value * multiplier / 2^31 * 2^shift, one pair per output channel. */
typedef struct {
    int32_t *multiplier;
    int32_t *shift;
} cmsis_nn_per_channel_quant_params;

typedef struct {
    int32_t multiplier;
    int32_t shift;
} cmsis_nn_per_tensor_quant_params;

/* Inclusive limits of the int8 result. */
typedef struct {
    int32_t min;
    int32_t max;
} cmsis_nn_activation;

/* input_offset: minus the input's zero point. output_offset: the output's zero point. padding: left (w) and top (h);
 * right and bottom follow from the output's size. */
typedef struct {
    int32_t input_offset;
    int32_t output_offset;
    cmsis_nn_tile stride;
    cmsis_nn_tile padding;
    cmsis_nn_tile dilation;
    cmsis_nn_activation activation;
} cmsis_nn_conv_params;

/* ch_mult: output channels per input channel. */
typedef struct {
    int32_t input_offset;
    int32_t output_offset;
    int32_t ch_mult;
    cmsis_nn_tile stride;
    cmsis_nn_tile padding;
    cmsis_nn_tile dilation;
    cmsis_nn_activation activation;
} cmsis_nn_dw_conv_params;

typedef struct {
    cmsis_nn_tile stride;
    cmsis_nn_tile padding;
    cmsis_nn_activation activation;
} cmsis_nn_pool_params;

/* filter_offset: always 0. */
typedef struct {
    int32_t input_offset;
    int32_t filter_offset;
    int32_t output_offset;
    cmsis_nn_activation activation;
} cmsis_nn_fc_params;

#endif
