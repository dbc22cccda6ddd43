/* Rescaling on Cortex-M3. */
#ifndef MCU_FIXED_POINT_V7M_H
#define MCU_FIXED_POINT_V7M_H

#include "mcu_fixed_point.h"

typedef struct {
    int32_t multiplier;
    int32_t left;
    int32_t right;
    int32_t lowest;
    int32_t highest;
    int32_t output_offset;
} mcu_scale;

/* Fills in the constants of one channel. */
static inline void mcu_prepare_scale(mcu_scale *scale, int32_t multiplier, int32_t shift, int32_t output_offset,
                                     int32_t act_min, int32_t act_max)
{
    scale->multiplier = multiplier;
    scale->left = mcu_max(shift, 0);
    scale->right = mcu_max(-shift, 0);
    scale->lowest = act_min - output_offset;
    scale->highest = act_max - output_offset;
    scale->output_offset = output_offset;
}

/* mcu_rescale_s8. Of the product's low word, the highest bit is the last of the result's and the next one rounds. The
 * division by 2^right takes one from a negative number, shifts, and adds the last bit shifted out. Where right is 0 the
 * shift leaves the carry of that subtraction alone, which gives the one back. */
static inline int32_t mcu_rescale(int32_t acc, const mcu_scale *scale)
{
    int32_t low;
    int32_t y;

    acc = (int32_t)((uint32_t)acc << scale->left);
    __asm__("smull %[low], %[y], %[acc], %[multiplier]\n\t"
            "lsls %[low], %[low], #1\n\t"
            "adc %[y], %[y], %[y]\n\t"
            "lsls %[low], %[low], #1\n\t"
            "adc %[y], %[y], #0\n\t"
            "adds %[y], %[y], %[y], asr #31\n\t"
            "asrs %[y], %[y], %[right]\n\t"
            "adc %[y], %[y], #0\n\t"
            : [low] "=&r"(low), [y] "=&r"(y)
            : [acc] "r"(acc), [multiplier] "r"(scale->multiplier), [right] "r"(scale->right)
            : "cc");
    return mcu_min(mcu_max(y, scale->lowest), scale->highest) + scale->output_offset;
}

#endif
