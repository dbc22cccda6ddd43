/* mcu_rescale_s8 with a channel's constants prepared once for many accumulators. */
#ifndef MCU_SCALE_H
#define MCU_SCALE_H

#if defined(__ARM_ARCH_6M__)
#include "mcu_fixed_point_v6m.h"
#elif defined(__ARM_ARCH_7M__)
#include "mcu_fixed_point_v7m.h"
#else
#include "mcu_fixed_point.h"

typedef struct {
    int32_t multiplier;
    int32_t shift;
    int32_t output_offset;
    int32_t act_min;
    int32_t act_max;
} mcu_scale;

static inline mcu_scale mcu_scale_of(int32_t multiplier, int32_t shift, int32_t output_offset, int32_t act_min,
                                     int32_t act_max)
{
    const mcu_scale scale = {multiplier, shift, output_offset, act_min, act_max};
    return scale;
}

static inline int32_t mcu_rescale(int32_t acc, const mcu_scale *scale)
{
    return mcu_rescale_s8(acc, scale->multiplier, scale->shift, scale->output_offset, scale->act_min, scale->act_max);
}
#endif

#endif
