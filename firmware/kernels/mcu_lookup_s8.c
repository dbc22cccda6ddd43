#include "mcu_kernels.h"

/* Any function of one int8, tabulated from -128 on. In place if y is x. */
void mcu_lookup_s8(const int8_t *x, const int8_t *table, int8_t *y, int32_t size)
{
    for (int32_t i = 0; i < size; ++i) {
        y[i] = table[x[i] + 128];
    }
}
