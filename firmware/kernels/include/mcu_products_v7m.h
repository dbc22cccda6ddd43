/* Sums of products of an mcu_block on Cortex-M3. Included by mcu_pointwise_unpacked.h. */
#ifndef MCU_PRODUCTS_V7M_H
#define MCU_PRODUCTS_V7M_H

#include <stdint.h>

#define MCU_FOUR_PRODUCTS \
    "ldrsb r0, [%[x_a]], #1\n\t" \
    "ldrsb r1, [%[x_b]], #1\n\t" \
    "ldrsb r2, [%[w_a]], #1\n\t" \
    "ldrsb r3, [%[w_b]], #1\n\t" \
    "mla %[aa], r0, r2, %[aa]\n\t" \
    "mla %[ab], r0, r3, %[ab]\n\t" \
    "mla %[ba], r1, r2, %[ba]\n\t" \
    "mla %[bb], r1, r3, %[bb]\n\t"

/* The accumulators get acc_a and acc_b of x_a, then of x_b, plus the sums of products. Four pointers move by
 * themselves: 8 instructions for four products, four times in a row. The number of products modulo 4 says where the
 * first turn begins. */
#define MCU_PRODUCTS_2X2(block, acc_aa, acc_ab, acc_ba, acc_bb) \
    int32_t acc_aa = (block).acc_a; \
    int32_t acc_ab = (block).acc_b; \
    int32_t acc_ba = (block).acc_a; \
    int32_t acc_bb = (block).acc_b; \
    { \
        const int8_t *x_at_a = (block).x_a + (block).begin; \
        const int8_t *x_at_b = (block).x_b + (block).begin; \
        const int8_t *w_at_a = (block).weights_a + (block).begin; \
        const int8_t *w_at_b = (block).weights_b + (block).begin; \
        int32_t left = (block).begin; \
        __asm__ volatile("lsls r0, %[left], #31\n\t" \
                         "bic %[left], %[left], #3\n\t" \
                         "bcc 6f\n\t" \
                         "bmi 5f\n\t" \
                         "b 4f\n" \
                         "6:\n\t" \
                         "bmi 2f\n" \
                         "1:\n\t" MCU_FOUR_PRODUCTS "2:\n\t" MCU_FOUR_PRODUCTS "4:\n\t" MCU_FOUR_PRODUCTS \
                         "5:\n\t" MCU_FOUR_PRODUCTS "adds %[left], #4\n\t" \
                         "bne 1b" \
                         : [x_a] "+r"(x_at_a), [x_b] "+r"(x_at_b), [w_a] "+r"(w_at_a), [w_b] "+r"(w_at_b), \
                           [left] "+r"(left), [aa] "+r"(acc_aa), [ab] "+r"(acc_ab), [ba] "+r"(acc_ba), \
                           [bb] "+r"(acc_bb) \
                         : \
                         : "r0", "r1", "r2", "r3", "cc", "memory"); \
    }

#endif
