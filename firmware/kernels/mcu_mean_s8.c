#include "mcu_fixed_point.h"
#include "mcu_kernels.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_mean_mve.h"
#elif MCU_DSP
#include "mcu_mean_dsp.h"
#endif

/* The sum is exact; only the quotient is rounded. Loop order: channel, pixel. */
void mcu_mean_s8(const int8_t *x, int32_t pixels, int32_t channels, int32_t input_offset, int8_t *y,
                 int32_t output_offset, int32_t multiplier, int32_t shift, int32_t act_min, int32_t act_max)
{
#if MCU_HELIUM
    const mcu_output_mve output = {output_offset, act_min, act_max};
    mcu_mean_mve(x, pixels, channels, input_offset, y, multiplier, shift, output);
#else
    int32_t ch = 0;
#if MCU_DSP
    for (; ch + 4 <= channels; ch += 4) {
        int32_t sums[4];
        mcu_sum_4(x + ch, channels, pixels, 0, 1, sums);
        for (int32_t i = 0; i < 4; ++i) {
            y[ch + i] = mcu_rescale_s8(pixels * input_offset + sums[i], multiplier, shift, output_offset, act_min,
                                       act_max);
        }
    }
#endif
    for (; ch < channels; ++ch) {
        int32_t acc = pixels * input_offset;
        for (int32_t pixel = 0; pixel < pixels; ++pixel) {
            acc += x[pixel * channels + ch];
        }
        y[ch] = mcu_rescale_s8(acc, multiplier, shift, output_offset, act_min, act_max);
    }
#endif
}
