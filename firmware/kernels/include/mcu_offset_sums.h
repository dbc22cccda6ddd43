/* The input offset's part of the accumulators, on Cortex-M0 and M3. */
#ifndef MCU_OFFSET_SUMS_H
#define MCU_OFFSET_SUMS_H

#include <stdint.h>

/* bias + input_offset * the sum of the weights, of `channels` channels. */
static inline void mcu_add_offset(const int8_t *weights, int32_t size, int32_t input_offset, const int32_t *bias,
                                  int32_t channels, int32_t *sums)
{
    for (int32_t ch = 0; ch < channels; ++ch) {
        int32_t sum = 0;
        for (int32_t i = 0; i < size; ++i) {
            sum += *weights++;
        }
        sums[ch] = bias[ch] + sum * input_offset;
    }
}

#endif
