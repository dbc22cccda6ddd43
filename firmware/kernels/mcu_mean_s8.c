#include "mcu_fixed_point.h"
#include "mcu_kernels.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_mean_mve.h"
#elif MCU_DSP
#include "mcu_mean_dsp.h"
#endif

#if !MCU_HELIUM && !MCU_DSP
/* The sum of one channel; how many that are. */
static inline int32_t mcu_sum(const int8_t *x, int32_t step, int32_t pixels, int32_t channels, int32_t sums[4])
{
    (void)channels;
    sums[0] = 0;
    for (; pixels > 0; --pixels, x += step) {
        sums[0] += *x;
    }
    return 1;
}
#endif

/* The sum is exact; only the quotient is rounded. Loop order: channel, pixel. */
void mcu_mean_s8(const int8_t *x, int32_t pixels, int32_t channels, int32_t input_offset, int8_t *y,
                 int32_t output_offset, int32_t multiplier, int32_t shift, int32_t act_min, int32_t act_max)
{
#if MCU_HELIUM
    const mcu_output_mve output = {output_offset, act_min, act_max};
    mcu_mean_mve(x, pixels, channels, input_offset, y, multiplier, shift, output);
#else
    for (int32_t ch = 0, count; ch < channels; ch += count) {
        int32_t sums[4];
        count = mcu_sum(x + ch, channels, pixels, channels - ch, sums);
        for (int32_t i = 0; i < count; ++i) {
            y[ch + i] = mcu_rescale_s8(pixels * input_offset + sums[i], multiplier, shift, output_offset, act_min,
                                       act_max);
        }
    }
#endif
}
