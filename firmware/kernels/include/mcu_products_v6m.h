/* Sums of products of an mcu_block on Cortex-M0. Included by mcu_pointwise_unpacked.h. */
#ifndef MCU_PRODUCTS_V6M_H
#define MCU_PRODUCTS_V6M_H

#include <stdint.h>

#define MCU_FOUR_PRODUCTS \
    "ldrsb r6, [r1, r5]\n\t" \
    "ldrsb r7, [r3, r5]\n\t" \
    "movs r0, r6\n\t" \
    "muls r0, r7\n\t" \
    "add r8, r0\n\t" \
    "ldrsb r0, [r2, r5]\n\t" \
    "muls r7, r0\n\t" \
    "add r10, r7\n\t" \
    "ldrsb r7, [r4, r5]\n\t" \
    "muls r0, r7\n\t" \
    "add r11, r0\n\t" \
    "muls r6, r7\n\t" \
    "add r9, r6\n\t" \
    "adds r5, #1\n\t"

/* acc[0..3] get acc_a and acc_b of x_a, then of x_b, plus the sums of products. Five low registers address, three
 * multiply, four high ones accumulate: 14 instructions for four products, four times in a row. The number of products
 * modulo 4 says where the first turn begins. r7 may be the frame pointer, so r12 keeps it. */
#define MCU_PRODUCTS_2X2(block, acc_aa, acc_ab, acc_ba, acc_bb) \
    register int32_t acc_aa __asm__("r8"); \
    register int32_t acc_ab __asm__("r9"); \
    register int32_t acc_ba __asm__("r10"); \
    register int32_t acc_bb __asm__("r11"); \
    { \
        register const mcu_block *start __asm__("r0") = &(block); \
        __asm__ volatile(".syntax unified\n\t" \
                         "mov r12, r7\n\t" \
                         "ldmia r0!, {r1, r2, r3, r4, r5, r6, r7}\n\t" \
                         "mov r8, r6\n\t" \
                         "mov r9, r7\n\t" \
                         "mov r10, r6\n\t" \
                         "mov r11, r7\n\t" \
                         "lsls r6, r5, #31\n\t" \
                         "bcc 6f\n\t" \
                         "bmi 5f\n\t" \
                         "b 4f\n" \
                         "6:\n\t" \
                         "bmi 2f\n" \
                         "1:\n\t" MCU_FOUR_PRODUCTS "2:\n\t" MCU_FOUR_PRODUCTS "4:\n\t" MCU_FOUR_PRODUCTS \
                         "5:\n\t" MCU_FOUR_PRODUCTS "bne 1b\n\t" \
                         "mov r7, r12" \
                         : "+l"(start), "=h"(acc_aa), "=h"(acc_ab), "=h"(acc_ba), "=h"(acc_bb) \
                         : \
                         : "r1", "r2", "r3", "r4", "r5", "r6", "r12", "cc", "memory"); \
    }

#endif
