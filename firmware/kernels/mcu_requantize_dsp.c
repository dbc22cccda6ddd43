/* Rescaling for any factors and limits. */
#include "mcu_requantize_dsp.h"

#include "mcu_variants.h"

#if MCU_DSP

int32_t mcu_rescale_any(int32_t acc, int32_t multiplier, int32_t shift, const mcu_output_dsp *output)
{
    return mcu_rescale_s8(acc, multiplier, shift, output->offset, output->activation.min, output->activation.max);
}

void mcu_rescale_sums(const int32_t *acc, int32_t count, int32_t multiplier, int32_t shift,
                      const mcu_output_dsp *output, int8_t *y, int32_t step)
{
    if (mcu_short_rescaling_fits(multiplier, shift) && mcu_short_rescaling_clamps(&output->activation)) {
        const mcu_short_rescaling rescaling = mcu_short_rescaling_of(multiplier, shift);
        mcu_rescale_pairs(acc, &rescaling, output->offset, count / 2, step, 2 * step, count & 1, y);
        return;
    }
    for (; count > 0; --count, ++acc, y += step) {
        *y = (int8_t)mcu_rescale_any(*acc, multiplier, shift, output);
    }
}

#endif
