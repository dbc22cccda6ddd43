/* Rescaling on Cortex-M0, which multiplies 32 x 32 bits to the low 32 only. */
#ifndef MCU_FIXED_POINT_V6M_H
#define MCU_FIXED_POINT_V6M_H

#include "mcu_fixed_point.h"
#include "mcu_rescale_v6m.h"

/* What mcu_rescale needs, in the order in which it loads it. */
typedef struct {
    int32_t left;
    int32_t multiplier_low; /* in [-2^15, 2^15) */
    int32_t multiplier_high;
    int32_t half;   /* 2^14 - 2^30 */
    int32_t excess; /* 2^15 */
    int32_t right;
    int32_t lowest;
    int32_t highest;
    int32_t output_offset;
} mcu_scale;

/* Fills in the constants of one channel. */
static __attribute__((noinline, unused)) void mcu_prepare_scale(mcu_scale *scale, int32_t multiplier, int32_t shift,
                                                                int32_t output_offset, int32_t act_min,
                                                                int32_t act_max)
{
    scale->left = mcu_max(shift, 0);
    scale->right = mcu_max(-shift, 0);
    scale->multiplier_low = (int16_t)multiplier;
    scale->multiplier_high = (int32_t)(((uint32_t)multiplier - (uint32_t)scale->multiplier_low) >> 16);
    scale->half = (1 << 14) - (1 << 30);
    scale->excess = 1 << 15;
    scale->lowest = act_min - output_offset;
    scale->highest = act_max - output_offset;
    scale->output_offset = output_offset;
}

/* mcu_rescale_s8 in 32 instructions, as mcu_rescale_v6m.h says. r7 may be the frame pointer, so r12 keeps it. */
static __attribute__((noinline, unused)) int32_t mcu_rescale(int32_t acc, const mcu_scale *scale)
{
    register int32_t acc_ __asm__("r0") = acc;
    register const mcu_scale *scale_ __asm__("r1") = scale;

    __asm__(".syntax unified\n\t"
            "mov r12, r7\n\t"
            "ldmia %[scale]!, {r2, r3, r4}\n\t"
            "lsls %[acc], r2\n\t"
            MCU_LAST_HIGH_PRODUCT_V6M("%[acc]", "r2", "r5", "r3", "r4")
            "ldmia %[scale]!, {r3, r4, r5, r6, r7}\n\t"
            "adds r2, r3\n\t"
            "asrs r2, #15\n\t"
            "adds r2, r4\n\t"
            "lsls %[acc], #1\n\t"
            "adds %[acc], r2\n\t"
            "ldr r4, [%[scale]]\n\t"
            "movs r3, #0\n\t"
            "asrs r2, %[acc], #31\n\t"
            "adds %[acc], r2\n\t"
            "asrs %[acc], r5\n\t"
            "adcs %[acc], r3\n\t"
            "cmp %[acc], r6\n\t"
            "bge 1f\n\t"
            "movs %[acc], r6\n"
            "1:\n\t"
            "cmp %[acc], r7\n\t"
            "ble 2f\n\t"
            "movs %[acc], r7\n"
            "2:\n\t"
            "adds %[acc], r4\n\t"
            "mov r7, r12"
            : [acc] "+&l"(acc_), [scale] "+&l"(scale_)
            :
            : "r2", "r3", "r4", "r5", "r6", "r12", "cc", "memory");
    return acc_;
}

#endif
