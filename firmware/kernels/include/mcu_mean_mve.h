/* Mean of all pixels with Helium: four channels at a time. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_MEAN_MVE_H
#define MCU_MEAN_MVE_H

#include "mcu_requantize_mve.h"

static inline void mcu_mean_mve(const int8_t *x, int32_t pixels, int32_t channels, int32_t input_offset, int8_t *y,
                                int32_t multiplier, int32_t shift, mcu_output_mve output)
{
    for (int32_t ch = 0; ch < channels; ch += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)(channels - ch));
        const int8_t *next = x + ch;
        int32x4_t acc = vdupq_n_s32(pixels * input_offset);

        for (int32_t pixel = 0; pixel < pixels; ++pixel, next += channels) {
            acc = vaddq_s32(acc, vldrbq_z_s32(next, inside));
        }
        acc = mcu_rescale_mve(acc, vdupq_n_s32(multiplier), vdupq_n_s32(shift), output, 0);
        vstrbq_p_s32(y + ch, acc, inside);
    }
}

#endif
