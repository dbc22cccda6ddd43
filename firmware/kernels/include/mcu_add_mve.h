/* Sum of two tensors with Helium: four elements at a time. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_ADD_MVE_H
#define MCU_ADD_MVE_H

#include "mcu_requantize_mve.h"

typedef struct {
    int32_t offset;
    int32_t multiplier;
    int32_t shift;
} mcu_term_mve;

/* mcu_requantize of four lanes; right: the shift to the right, which is not positive. */
static inline int32x4_t mcu_add_requantize_mve(int32x4_t acc, int32_t multiplier, int32x4_t right)
{
    const int32x4_t high = vqrdmulhq_n_s32(acc, multiplier);
    return vrshlq_s32(vqaddq_s32(high, vshrq_n_s32(vandq_s32(high, right), 31)), right);
}

/* No shift is positive. */
static inline void mcu_add_mve(const int8_t *x1, const int8_t *x2, mcu_term_mve first, mcu_term_mve second,
                               int32_t left_shift, int8_t *y, int32_t multiplier, int32_t shift, mcu_output_mve output,
                               int32_t size)
{
    const int32x4_t right_1 = vdupq_n_s32(first.shift);
    const int32x4_t right_2 = vdupq_n_s32(second.shift);
    const int32x4_t right = vdupq_n_s32(shift);
    const int32x4_t low = vdupq_n_s32(output.act_min - output.output_offset);
    const int32x4_t high = vdupq_n_s32(output.act_max - output.output_offset);

    for (; size > 0; size -= 4, x1 += 4, x2 += 4, y += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)size);
        int32x4_t acc_1 = vshlq_r_s32(vaddq_n_s32(vldrbq_z_s32(x1, inside), first.offset), left_shift);
        int32x4_t acc_2 = vshlq_r_s32(vaddq_n_s32(vldrbq_z_s32(x2, inside), second.offset), left_shift);

        acc_1 = mcu_add_requantize_mve(acc_1, first.multiplier, right_1);
        acc_2 = mcu_add_requantize_mve(acc_2, second.multiplier, right_2);
        acc_1 = mcu_add_requantize_mve(vaddq_s32(acc_1, acc_2), multiplier, right);
        acc_1 = vaddq_n_s32(vminq_s32(vmaxq_s32(acc_1, low), high), output.output_offset);
        vstrbq_p_s32(y, acc_1, inside);
    }
}

#endif
