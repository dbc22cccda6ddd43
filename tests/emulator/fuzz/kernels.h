/* The kernels under test and their twins: the portable C of the same sources, under other names. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>

#include "arm_nnfunctions.h"
#include "mcu_kernels.h"

#define HAS_TWIN(kernel) extern __typeof__(kernel) twin_##kernel

HAS_TWIN(arm_avgpool_s8);
HAS_TWIN(arm_convolve_s8);
HAS_TWIN(arm_convolve_wrapper_s8);
HAS_TWIN(arm_depthwise_conv_s8);
HAS_TWIN(arm_depthwise_conv_wrapper_s8);
HAS_TWIN(arm_elementwise_add_s8);
HAS_TWIN(arm_elementwise_mul_s8);
HAS_TWIN(arm_fully_connected_s8);
HAS_TWIN(arm_max_pool_s8);
HAS_TWIN(arm_softmax_s8);
HAS_TWIN(mcu_channel_scale_s8);
HAS_TWIN(mcu_concat_s8);
HAS_TWIN(mcu_lookup_s8);
HAS_TWIN(mcu_mean_s8);

/* Each makes one random case of a kernel, and stops if it is wrong. */
void fuzz_convolve_wrapper(void);
void fuzz_convolve(void);
void fuzz_depthwise(void);
void fuzz_fully_connected(void);
void fuzz_add(void);
void fuzz_mul(void);
void fuzz_channel_scale(void);
void fuzz_lookup(void);
void fuzz_average_pool(void);
void fuzz_max_pool(void);
void fuzz_mean(void);
void fuzz_softmax(void);
void fuzz_concat(void);
void fuzz_slide_rows(void);

#endif
