/* Rescaling for factors and limits that are not those of mcu_requantize_dsp.h. */
#include "mcu_requantize_dsp.h"

#include "mcu_variants.h"

#if MCU_DSP

int32_t mcu_rescale_any(int32_t acc, int32_t multiplier, int32_t shift, const mcu_output_dsp *output)
{
    return mcu_rescale_s8(acc, multiplier, shift, output->offset, output->activation.min, output->activation.max);
}

#endif
