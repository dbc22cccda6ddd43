#include "mcu_kernels.h"
#include "mcu_variants.h"

/* Any function of one int8, tabulated from -128 on. In place if y is x. */
void mcu_lookup_s8(const int8_t *x, const int8_t *table, int8_t *y, int32_t size)
{
#if MCU_HELIUM
    /* With its sign bit inverted, x is the unsigned offset of a gathering load: 16 at a time. */
    __asm__ volatile("vmov.i8 q1, #128\n wlstp.8 lr, %[size], 2f\n"
                     "1:\n vldrb.8 q0, [%[x]], #16\n veor q0, q0, q1\n"
                     "vldrb.u8 q2, [%[table], q0]\n vstrb.8 q2, [%[y]], #16\n letp lr, 1b\n"
                     "2:\n"
                     : [x] "+&r"(x), [y] "+&r"(y)
                     : [table] "r"(table), [size] "r"(size)
                     : "q0", "q1", "q2", "lr", "memory");
#else
    for (int32_t i = 0; i < size; ++i) {
        y[i] = table[x[i] + 128];
    }
#endif
}
