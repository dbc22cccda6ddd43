/* Products of elements with Helium: four channels at a time. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_MUL_MVE_H
#define MCU_MUL_MVE_H

#include "mcu_requantize_mve.h"

/* What is the same for all elements. */
typedef struct {
    int32_t input_1_offset;
    int32_t input_2_offset;
    int32_t multiplier;
    int32_t shift;
    mcu_output_mve output;
} mcu_mul_mve;

/* The rescaled products of four elements, the second with its offset. */
static inline int32x4_t mcu_product_mve(int32x4_t x1, int32x4_t factor, const mcu_mul_mve *mul)
{
    const int32x4_t acc = vmulq_s32(vaddq_n_s32(x1, mul->input_1_offset), factor);
    return mcu_rescale_mve(acc, vdupq_n_s32(mul->multiplier), vdupq_n_s32(mul->shift), mul->output, 0);
}

/* y[i] = x1[i] times x2[i] for `size` elements. y may be x1 or x2. */
static inline void mcu_multiply_mve(const int8_t *x1, const int8_t *x2, const mcu_mul_mve *mul, int32_t size, int8_t *y)
{
    for (; size > 0; size -= 4, x1 += 4, x2 += 4, y += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)size);
        const int32x4_t factor = vaddq_n_s32(vldrbq_z_s32(x2, inside), mul->input_2_offset);
        vstrbq_p_s32(y, mcu_product_mve(vldrbq_z_s32(x1, inside), factor, mul), inside);
    }
}

/* Every channel of x1 [pixels, channels] times its factor in x2 [channels]. y may be x1. */
static inline void mcu_scale_channels_mve(const int8_t *x1, const int8_t *x2, const mcu_mul_mve *mul, int32_t pixels,
                                          int32_t channels, int8_t *y)
{
    for (int32_t ch = 0; ch < channels; ch += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)(channels - ch));
        const int32x4_t factor = vaddq_n_s32(vldrbq_z_s32(x2 + ch, inside), mul->input_2_offset);
        const int8_t *from = x1 + ch;
        int8_t *to = y + ch;

        for (int32_t pixel = 0; pixel < pixels; ++pixel, from += channels, to += channels) {
            vstrbq_p_s32(to, mcu_product_mve(vldrbq_z_s32(from, inside), factor, mul), inside);
        }
    }
}

#endif
