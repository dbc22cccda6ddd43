/* Sums of products of one vector with four filters on Cortex-M3. Included by mcu_multiply_vector.c. */
#ifndef MCU_VECTOR_V7M_H
#define MCU_VECTOR_V7M_H

#include <stdint.h>

#define MCU_FOUR_FILTERS \
    "ldrsb %[value], [%[x]], #1\n\t" \
    "ldrsb %[weight], [%[first], %[length]]\n\t" \
    "add %[value], %[value], %[offset]\n\t" \
    "mla %[acc_1], %[value], %[weight], %[acc_1]\n\t" \
    "ldrsb %[weight], [%[first], %[length], lsl #1]\n\t" \
    "mla %[acc_2], %[value], %[weight], %[acc_2]\n\t" \
    "ldrsb %[weight], [%[last]], #1\n\t" \
    "mla %[acc_3], %[value], %[weight], %[acc_3]\n\t" \
    "ldrsb %[weight], [%[first]], #1\n\t" \
    "mla %[acc_0], %[value], %[weight], %[acc_0]\n\t"

/* The first filter's address serves three: 10 instructions for four products, four times in a row. The length modulo 4
 * says where the first turn begins. */
static inline void mcu_multiply_4_filters(const int8_t *x, int32_t offset, const int8_t *weights, int32_t length,
                                          int32_t acc[4])
{
    const int8_t *last = weights + 3 * length;
    const int8_t *x_end = x + length;
    int32_t value;
    int32_t weight;

    __asm__ volatile("lsls %[value], %[length], #31\n\t"
                     "bcc 6f\n\t"
                     "bmi 2f\n\t"
                     "b 4f\n"
                     "6:\n\t"
                     "bmi 5f\n"
                     "1:\n\t" MCU_FOUR_FILTERS "2:\n\t" MCU_FOUR_FILTERS "4:\n\t" MCU_FOUR_FILTERS
                     "5:\n\t" MCU_FOUR_FILTERS "cmp %[x], %[x_end]\n\t"
                     "bne 1b"
                     : [x] "+&r"(x), [first] "+&r"(weights), [last] "+&r"(last), [value] "=&r"(value),
                       [weight] "=&r"(weight), [acc_0] "+&r"(acc[0]), [acc_1] "+&r"(acc[1]), [acc_2] "+&r"(acc[2]),
                       [acc_3] "+&r"(acc[3])
                     : [length] "r"(length), [offset] "r"(offset), [x_end] "r"(x_end)
                     : "cc", "memory");
}

#endif
