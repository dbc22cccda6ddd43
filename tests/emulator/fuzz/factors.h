/* Random bias, multipliers, shifts, zero points and limits: all that the reference allows, often at its edges. */
#ifndef FACTORS_H
#define FACTORS_H

#include <stdint.h>

#include "arm_nn_types.h"

/* What makes int8 of the sums of products of some output channels. */
typedef struct {
    int32_t *bias;
    int32_t *multiplier;
    int32_t *shift;
} factors;

/* Products of which one output may be the sum. */
#define FACTORS_MOST_PRODUCTS 65000

/* Factors in guarded buffers. No sum, shifted left, leaves 32 bits. */
factors random_factors(int32_t channels, int32_t products);

/* The bias alone, in a guarded buffer. largest: of all sums with it. */
int32_t *random_bias(int32_t channels, int32_t products, uint32_t *largest);

/* In [2^30, 2^31). */
int32_t random_multiplier(void);

/* A shift that brings sums of up to `largest` to about int8, or leaves them nearly as they are, or any that keeps them in
 * 32 bits. */
int32_t random_shift(uint32_t largest);

/* Minus a zero point: in [-127, 128]. */
int32_t random_input_offset(void);

/* A zero point, and limits that are those of a ReLU, of int8, or any. */
void random_output(int32_t *offset, cmsis_nn_activation *activation);

#endif
