/* Kernels that CMSIS-NN has no function for. Includes nothing of it, so that these link beside Arm's library too. */
#ifndef MCU_KERNELS_H
#define MCU_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i] = table[x[i] + 128] for `size` elements; table has 256 entries. y may be x. */
void mcu_lookup_s8(const int8_t *x, const int8_t *table, int8_t *y, int32_t size);

/* Every channel of x1 [pixels, channels] times its factor in x2 [channels], rescaled; the arithmetic and the parameters
 * are those of arm_elementwise_mul_s8. y may be x1. */
void mcu_channel_scale_s8(const int8_t *x1, const int8_t *x2, int32_t input_1_offset, int32_t input_2_offset, int8_t *y,
                          int32_t output_offset, int32_t multiplier, int32_t shift, int32_t act_min, int32_t act_max,
                          int32_t pixels, int32_t channels);

/* y [pixels, output_ch] gets the channels of x[0], x[1] and so on, one after the other; x[i] is
 * [pixels, input_ch[i]]. */
void mcu_concat_s8(const int8_t *const *x, const int32_t *input_ch, int32_t inputs, int32_t pixels, int32_t output_ch,
                   int8_t *y);

/* y [channels] gets the mean of each channel of x [pixels, channels], rescaled: multiplier and shift stand for the
 * scales' ratio divided by `pixels`. */
void mcu_mean_s8(const int8_t *x, int32_t pixels, int32_t channels, int32_t input_offset, int8_t *y,
                 int32_t output_offset, int32_t multiplier, int32_t shift, int32_t act_min, int32_t act_max);

/* Moves the `kept_bytes` bytes that lie `skipped_bytes` behind `window` to its front; they may overlap it. */
void mcu_slide_rows(int8_t *window, int32_t skipped_bytes, int32_t kept_bytes);

#ifdef __cplusplus
}
#endif

#endif
