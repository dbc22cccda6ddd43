/* The input offset's part of the accumulators, on Cortex-M0 and M3. */
#ifndef MCU_OFFSET_SUMS_H
#define MCU_OFFSET_SUMS_H

#include <stdint.h>

/* bias + input_offset * the sum of the weights of one channel. The sum may pass 32 bits; what is added to it later
 * brings it back. */
static inline int32_t mcu_offset_bias(int32_t bias, const int8_t *weights, int32_t size, int32_t input_offset)
{
    int32_t sum = 0;
    for (int32_t i = 0; input_offset != 0 && i < size; ++i) {
        sum += weights[i];
    }
    return (int32_t)((uint32_t)bias + (uint32_t)sum * (uint32_t)input_offset);
}

#endif
