/* Addition with the DSP extension: the short rescaling of mcu_requantize_dsp.h for both inputs and the output. */
#ifndef MCU_ADD_DSP_H
#define MCU_ADD_DSP_H

#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* right: minus the shift, in [0, 20]. */
typedef struct {
    int32_t offset;
    int32_t multiplier;
    int32_t right;
} mcu_add_input;

/* Whether no input grows beyond 2^28 before or 2^28 after its rescaling, and the output has the short form. */
MCU_INLINE int mcu_add_is_plain(int32_t left_shift, int32_t shift_1, int32_t shift_2, int32_t output_shift)
{
    return left_shift <= 20 && (uint32_t)(shift_1 + 20) <= 20u && (uint32_t)(shift_2 + 20) <= 20u &&
           (uint32_t)(output_shift + 20) < 20u;
}

/* mcu_requantize of (x + offset) << left_shift, half being half of 2^right. No halves are rounded where right is 0. */
MCU_INLINE int32_t mcu_add_scaled(int32_t x, const mcu_add_input *input, int32_t left_shift, int32_t half,
                                  int32_t halves)
{
    int32_t y;
    __asm__("smmulr %0, %1, %2"
            : "=r"(y)
            : "r"((int32_t)((uint32_t)(x + input->offset) << (left_shift + 1))), "r"(input->multiplier));
    return (y + half + ((y >> 31) & halves)) >> input->right;
}

static inline void mcu_add_dsp(const int8_t *x1, const int8_t *x2, const mcu_add_input *first,
                               const mcu_add_input *second, int32_t left_shift, const mcu_rescaling *output,
                               int32_t act_min, int32_t act_max, int32_t count, int8_t *y)
{
    const int32_t half_1 = (1 << first->right) >> 1;
    const int32_t half_2 = (1 << second->right) >> 1;
    const int32_t halves_1 = first->right == 0 ? 0 : -1;
    const int32_t halves_2 = second->right == 0 ? 0 : -1;

    for (int32_t i = 0; i < count; ++i) {
        const int32_t sum = mcu_add_scaled(x1[i], first, left_shift, half_1, halves_1) +
                            mcu_add_scaled(x2[i], second, left_shift, half_2, halves_2);
        const int32_t value = mcu_rescale_fast(sum, output->multiplier, output->constant, output->right);
        y[i] = (int8_t)mcu_min(mcu_max(value, act_min), act_max);
    }
}

#endif

#endif
