/* Kernels that CMSIS-NN has no function for. Includes nothing of it, so that these link beside Arm's library too. */
#ifndef MCU_KERNELS_H
#define MCU_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i] = table[x[i] + 128] for `size` elements; table has 256 entries. y may be x. */
void mcu_lookup_s8(const int8_t *x, const int8_t *table, int8_t *y, int32_t size);

#ifdef __cplusplus
}
#endif

#endif
