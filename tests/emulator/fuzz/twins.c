/* The portable kernels under other names. tests/kernels holds them against the reference, on the host. */
#define MCU_PORTABLE

#define arm_avgpool_s8 twin_arm_avgpool_s8
#define arm_convolve_1x1_s8 twin_arm_convolve_1x1_s8
#define arm_convolve_1x1_s8_fast twin_arm_convolve_1x1_s8_fast
#define arm_convolve_s8 twin_arm_convolve_s8
#define arm_convolve_wrapper_s8 twin_arm_convolve_wrapper_s8
#define arm_depthwise_conv_3x3_s8 twin_arm_depthwise_conv_3x3_s8
#define arm_depthwise_conv_s8 twin_arm_depthwise_conv_s8
#define arm_depthwise_conv_wrapper_s8 twin_arm_depthwise_conv_wrapper_s8
#define arm_elementwise_add_s8 twin_arm_elementwise_add_s8
#define arm_elementwise_mul_s8 twin_arm_elementwise_mul_s8
#define arm_fully_connected_s8 twin_arm_fully_connected_s8
#define arm_max_pool_s8 twin_arm_max_pool_s8
#define arm_softmax_s8 twin_arm_softmax_s8
#define mcu_channel_scale_s8 twin_mcu_channel_scale_s8
#define mcu_concat_s8 twin_mcu_concat_s8
#define mcu_lookup_s8 twin_mcu_lookup_s8
#define mcu_mean_s8 twin_mcu_mean_s8
#define mcu_pointwise_s8 twin_mcu_pointwise_s8

#include "arm_avgpool_s8.c"
#include "arm_convolve_1x1_s8.c"
#include "arm_convolve_1x1_s8_fast.c"
#include "arm_convolve_s8.c"
#include "arm_convolve_wrapper_s8.c"
#include "arm_depthwise_conv_3x3_s8.c"
#include "arm_depthwise_conv_s8.c"
#include "arm_depthwise_conv_wrapper_s8.c"
#include "arm_elementwise_add_s8.c"
#include "arm_elementwise_mul_s8.c"
#include "arm_fully_connected_s8.c"
#include "arm_max_pool_s8.c"
#include "arm_softmax_s8.c"
#include "mcu_channel_scale_s8.c"
#include "mcu_concat_s8.c"
#include "mcu_lookup_s8.c"
#include "mcu_mean_s8.c"
#include "mcu_pointwise_s8.c"
