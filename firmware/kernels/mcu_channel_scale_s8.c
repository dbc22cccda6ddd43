#include "mcu_fixed_point.h"
#include "mcu_kernels.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_mul_mve.h"
#endif

/* arm_elementwise_mul_s8 with x2 repeated for every pixel. In place if y is x1. */
void mcu_channel_scale_s8(const int8_t *x1, const int8_t *x2, int32_t input_1_offset, int32_t input_2_offset, int8_t *y,
                          int32_t output_offset, int32_t multiplier, int32_t shift, int32_t act_min, int32_t act_max,
                          int32_t pixels, int32_t channels)
{
#if MCU_HELIUM
    const mcu_mul_mve mul = {input_1_offset, input_2_offset, multiplier, shift, {output_offset, act_min, act_max}};
    mcu_scale_channels_mve(x1, x2, &mul, pixels, channels, y);
#else
    for (int32_t pixel = 0; pixel < pixels; ++pixel, x1 += channels, y += channels) {
        for (int32_t ch = 0; ch < channels; ++ch) {
            const int32_t acc = (x1[ch] + input_1_offset) * (x2[ch] + input_2_offset);
            y[ch] = mcu_rescale_s8(acc, multiplier, shift, output_offset, act_min, act_max);
        }
    }
#endif
}
