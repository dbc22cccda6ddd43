/* Sum of two tensors with Helium: four elements at a time. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_ADD_MVE_H
#define MCU_ADD_MVE_H

#include "mcu_requantize_mve.h"

typedef struct {
    int32_t offset;
    int32_t multiplier;
    int32_t shift;
} mcu_term_mve;

/* Four elements of an input, in the common scale; one: 1 << left_shift. */
static inline int32x4_t mcu_scaled_mve(int32x4_t x, mcu_term_mve term, int32_t one)
{
    const int32x4_t acc = vmulq_n_s32(vaddq_n_s32(x, term.offset), one);
    return mcu_requantize_mve(acc, vdupq_n_s32(term.multiplier), vdupq_n_s32(term.shift), 0);
}

static inline void mcu_add_mve(const int8_t *x1, const int8_t *x2, mcu_term_mve first, mcu_term_mve second, int32_t one,
                               int8_t *y, int32_t multiplier, int32_t shift, mcu_output_mve output, int32_t size)
{
    for (int32_t i = 0; i < size; i += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)(size - i));
        const int32x4_t scaled_1 = mcu_scaled_mve(vldrbq_z_s32(x1 + i, inside), first, one);
        const int32x4_t scaled_2 = mcu_scaled_mve(vldrbq_z_s32(x2 + i, inside), second, one);
        const int32x4_t sum = vaddq_s32(scaled_1, scaled_2);
        vstrbq_p_s32(y + i, mcu_rescale_mve(sum, vdupq_n_s32(multiplier), vdupq_n_s32(shift), output, 0), inside);
    }
}

#endif
