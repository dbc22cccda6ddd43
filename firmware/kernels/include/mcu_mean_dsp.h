/* Sums over pixels with the DSP extension, for means and average pools. */
#ifndef MCU_MEAN_DSP_H
#define MCU_MEAN_DSP_H

#include "mcu_dsp.h"
#include "mcu_fixed_point.h"

#if defined(__ARM_FEATURE_DSP)

/* The sums of four channels over `rows` rows, `row_step` elements apart, of `pixels` pixels, `step` apart: two channels
 * a word, for as many pixels as 16 bits hold the sum of. */
static inline void mcu_sum_4(const int8_t *x, int32_t step, int32_t pixels, int32_t row_step, int32_t rows,
                             int32_t sums[4])
{
    uint32_t even = 0, odd = 0;
    int32_t room = 255;

    for (int32_t ch = 0; ch < 4; ++ch) {
        sums[ch] = 0;
    }
    for (int32_t left = pixels; rows > 0;) {
        const int32_t some = mcu_min(left, room);
        left -= some;
        room -= some;
        for (const int8_t *end = x + some * step; x != end; x += step) {
            const uint32_t word = mcu_load_4(x);
            even = mcu_add_even(even, word);
            odd = mcu_add_odd(odd, word);
        }
        if (left == 0) {
            x += row_step - pixels * step;
            left = pixels;
            --rows;
        }
        if (room == 0 || rows == 0) {
            sums[0] += (int16_t)(even & 0xFFFFu);
            sums[1] += (int16_t)(odd & 0xFFFFu);
            sums[2] += (int32_t)even >> 16;
            sums[3] += (int32_t)odd >> 16;
            even = odd = 0;
            room = 255;
        }
    }
}

#endif

#endif
