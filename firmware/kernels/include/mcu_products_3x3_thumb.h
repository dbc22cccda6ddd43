/* Products under a 3x3 kernel of one channel on Cortex-M0 and M3. */
#ifndef MCU_PRODUCTS_3X3_THUMB_H
#define MCU_PRODUCTS_3X3_THUMB_H

#include <stdint.h>

/* Three widened weights for each of `rows` rows, and inputs from x on, where the pixels of a row lie `step` elements
 * apart. The order is that of the loads. */
typedef struct {
    const int8_t *x; /* one pixel early */
    int32_t step;
    int32_t two_steps;
    int32_t acc;
    int32_t to_next_row; /* a row less one step */
    int32_t rows;
    const int32_t *weights;
} mcu_taps_3x3;

#if defined(__ARM_ARCH_6M__)
#define MCU_THREE_PRODUCTS \
    "ldmia r3!, {r4, r5, r6}\n\t" \
    "ldrsb r7, [r0, r1]\n\t" \
    "muls r4, r7\n\t" \
    "ldrsb r7, [r0, r2]\n\t" \
    "muls r5, r7\n\t" \
    "add r0, r1\n\t" \
    "ldrsb r7, [r0, r2]\n\t" \
    "muls r6, r7\n\t" \
    "adds r4, r5\n\t" \
    "adds r4, r6\n\t" \
    "add r8, r4\n\t" \
    "add r0, r9\n\t"

/* acc plus the products. The moving x and two offsets reach the three pixels: 12 instructions a row. */
static inline int32_t mcu_products_3x3(const mcu_taps_3x3 *taps)
{
    register int32_t acc __asm__("r8");
    register const mcu_taps_3x3 *start __asm__("r3") = taps;

    __asm__ volatile(".syntax unified\n\t"
                     "ldmia r3!, {r0, r1, r2, r4, r5, r6}\n\t"
                     "ldr r3, [r3]\n\t"
                     "mov r8, r4\n\t"
                     "mov r9, r5\n\t"
                     "cmp r6, #2\n\t"
                     "blt 3f\n\t"
                     "beq 2f\n\t" MCU_THREE_PRODUCTS "2:\n\t" MCU_THREE_PRODUCTS "3:\n\t" MCU_THREE_PRODUCTS
                     : "=h"(acc), "+l"(start)
                     :
                     : "r0", "r1", "r2", "r4", "r5", "r6", "r7", "r9", "cc", "memory");
    return acc;
}
#else
#define MCU_THREE_PRODUCTS \
    "ldmia %[weights]!, {r4, r5, r6}\n\t" \
    "ldrsb r1, [%[x], %[step]]\n\t" \
    "ldrsb r2, [%[x], %[step], lsl #1]\n\t" \
    "ldrsb r0, [%[x]]\n\t" \
    "add %[x], %[x], %[input_row]\n\t" \
    "mla %[acc], r0, r4, %[acc]\n\t" \
    "mla %[acc], r1, r5, %[acc]\n\t" \
    "mla %[acc], r2, r6, %[acc]\n\t"

/* acc plus the products. One load brings three weights, shifted offsets reach two pixels: 8 instructions a row. */
static inline int32_t mcu_products_3x3(const mcu_taps_3x3 *taps)
{
    const int8_t *x = taps->x + taps->step;
    const int32_t *weights = taps->weights;
    const int32_t input_row = taps->to_next_row + taps->step;
    int32_t acc = taps->acc;

    __asm__("cmp %[rows], #2\n\t"
            "blt 3f\n\t"
            "beq 2f\n\t" MCU_THREE_PRODUCTS "2:\n\t" MCU_THREE_PRODUCTS "3:\n\t" MCU_THREE_PRODUCTS
            : [acc] "+r"(acc), [x] "+r"(x), [weights] "+r"(weights)
            : [step] "r"(taps->step), [input_row] "r"(input_row), [rows] "r"(taps->rows)
            : "r0", "r1", "r2", "r4", "r5", "r6", "cc", "memory");
    return acc;
}
#endif

#endif
