/* Limits of outputs that kernels leave at those of int8. */
#ifndef MCU_CLAMP_H
#define MCU_CLAMP_H

#include "arm_nnsupportfunctions.h"

/* The first `channels` of each of `pixels` pixels, `step` elements apart. */
static inline void mcu_clamp(int8_t *y, int32_t step, int32_t pixels, int32_t channels, cmsis_nn_activation limits)
{
    if (limits.min == INT8_MIN && limits.max == INT8_MAX) {
        return;
    }
    for (int32_t pixel = 0; pixel < pixels; ++pixel, y += step) {
        for (int32_t ch = 0; ch < channels; ++ch) {
            y[ch] = (int8_t)mcu_min(mcu_max(y[ch], limits.min), limits.max);
        }
    }
}

#endif
