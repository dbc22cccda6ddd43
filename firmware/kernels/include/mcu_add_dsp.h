/* Addition with the DSP extension: the short rescaling of mcu_requantize_dsp.h for both inputs and the output. */
#ifndef MCU_ADD_DSP_H
#define MCU_ADD_DSP_H

#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* The only shift to the left that the short form takes: x + offset stays below 2^9, and its double below 2^30. */
#define MCU_ADD_LEFT_SHIFT 20

/* An input's part of the sum. start: twice its offset, shifted left. power: 2^(32 - right), 0 where right is 0. */
typedef struct {
    int32_t start;
    int32_t multiplier;
    int32_t power;
} mcu_add_input;

MCU_INLINE mcu_add_input mcu_add_input_of(int32_t offset, int32_t multiplier, int32_t shift)
{
    const mcu_add_input input = {offset * (2 << MCU_ADD_LEFT_SHIFT), multiplier, shift == 0 ? 0 : 1 << (32 + shift)};
    return input;
}

/* Whether shifts are to the right by 0 or by [2, 20]. */
MCU_INLINE int mcu_add_is_short(int32_t left_shift, int32_t offset_1, int32_t shift_1, int32_t offset_2,
                                int32_t shift_2)
{
    return left_shift == MCU_ADD_LEFT_SHIFT && (uint32_t)(offset_1 + 128) <= 256u &&
           (uint32_t)(offset_2 + 128) <= 256u && (shift_1 == 0 || (uint32_t)(shift_1 + 20) < 19u) &&
           (shift_2 == 0 || (uint32_t)(shift_2 + 20) < 19u);
}

/* mcu_requantize of (x + offset) << left_shift, plus sum. */
MCU_INLINE int32_t mcu_add_scaled(int32_t x, const mcu_add_input *input, int is_plain, int32_t sum)
{
    const int32_t twice = input->start + (int32_t)((uint32_t)x << (MCU_ADD_LEFT_SHIFT + 1));
    if (is_plain) {
        return mcu_multiply_add_high(twice, input->multiplier, sum);
    }
    const int32_t scaled = mcu_multiply_high(twice, input->multiplier);
    return mcu_multiply_add_high(scaled + (scaled >> 31), input->power, sum);
}

MCU_INLINE void mcu_add_loop(const int8_t *x1, const int8_t *x2, const mcu_add_input *first, int plain_1,
                             const mcu_add_input *second, int plain_2, const mcu_short_rescaling *output,
                             int32_t output_offset, int32_t count, int8_t *y)
{
    for (const int8_t *end = x1 + count; x1 < end;) {
        const int32_t sum = mcu_add_scaled(*x2++, second, plain_2, mcu_add_scaled(*x1++, first, plain_1, 0));
        const int32_t scaled = mcu_multiply_add_high(sum, output->factor, sum);
        *y++ = (int8_t)mcu_saturate_8(mcu_multiply_add_high(scaled + (scaled >> 31), output->power, output_offset));
    }
}

static inline void mcu_add_dsp(const int8_t *x1, const int8_t *x2, const mcu_add_input *first,
                               const mcu_add_input *second, const mcu_short_rescaling *output, int32_t output_offset,
                               int32_t count, int8_t *y)
{
    if (first->power == 0 && second->power == 0) {
        mcu_add_loop(x1, x2, first, 1, second, 1, output, output_offset, count, y);
    } else if (first->power == 0) {
        mcu_add_loop(x1, x2, first, 1, second, 0, output, output_offset, count, y);
    } else if (second->power == 0) {
        mcu_add_loop(x1, x2, first, 0, second, 1, output, output_offset, count, y);
    } else {
        mcu_add_loop(x1, x2, first, 0, second, 0, output, output_offset, count, y);
    }
}

#endif

#endif
