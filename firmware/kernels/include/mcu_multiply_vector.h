/* One vector times a matrix on Cortex-M0 and M3: fully connected layers, and 1x1 convolutions of one pixel. */
#ifndef MCU_MULTIPLY_VECTOR_H
#define MCU_MULTIPLY_VECTOR_H

#include <stdint.h>

#include "arm_nn_types.h"

/* What the filters of a layer have in common, and their factors: one for each or, with a step of 0, one for all. */
typedef struct {
    int32_t input_offset;
    int32_t output_offset;
    cmsis_nn_activation activation;
    const int32_t *multiplier;
    const int32_t *shift;
    int32_t step;
} mcu_filters;

/* y [channels] from x [length] and weights [channels, length]; at least four channels. */
void mcu_multiply_vector(const mcu_filters *filters, const int8_t *x, int32_t length, const int8_t *weights,
                         const int32_t *bias, int32_t channels, int8_t *y);

#endif
