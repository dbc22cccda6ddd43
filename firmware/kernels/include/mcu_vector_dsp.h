/* One pixel or vector times filters with the DSP extension: fully connected layers, and 1x1 convolutions that
 * mcu_pointwise_pass_dsp.h does not take. Needs no memory beside registers. */
#ifndef MCU_VECTOR_DSP_H
#define MCU_VECTOR_DSP_H

#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* y[ch] for filters of `depth` weights. Output channel ch takes multiplier[ch * factor_step], and shift likewise. */
void mcu_vector_times_filters(const int8_t *x, int32_t depth, int32_t input_offset, const int8_t *weights,
                              const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                              int32_t factor_step, int32_t output_ch, const mcu_output_dsp *output, int8_t *y);

#endif

#endif
