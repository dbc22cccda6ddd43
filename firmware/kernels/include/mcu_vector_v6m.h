/* Sums of products of one vector with four filters on Cortex-M0. Included by mcu_multiply_vector.c. */
#ifndef MCU_VECTOR_V6M_H
#define MCU_VECTOR_V6M_H

#include <stdint.h>

/* Offsets in the assembly count from acc. */
typedef struct {
    int32_t acc[4];
    const int8_t *x_end; /* 16 */
    const int8_t *weights_end[4];
    int32_t begin;  /* 36: minus the length */
    int32_t offset; /* 40: added to each input */
    int32_t r7;     /* 44: may be the frame pointer, so nobody but the assembly saves it */
} mcu_vector;

#define MCU_ADD_PRODUCT(weights_end, acc) \
    "ldrsb r7, [" weights_end ", r6]\n\t" \
    "muls r7, r0\n\t" \
    "add " acc ", r7\n\t"

#define MCU_FOUR_FILTERS \
    "ldrsb r0, [r1, r6]\n\t" \
    "add r0, r12\n\t" \
    MCU_ADD_PRODUCT("r2", "r8") MCU_ADD_PRODUCT("r3", "r9") \
    MCU_ADD_PRODUCT("r4", "r10") MCU_ADD_PRODUCT("r5", "r11") \
    "adds r6, #1\n\t"

/* Six low registers address, two multiply, four high ones accumulate: 15 instructions for four products, four times in
 * a row. The length modulo 4 says where the first turn begins. */
static inline void mcu_multiply_4_filters(const int8_t *x, int32_t offset, const int8_t *weights, int32_t length,
                                          int32_t acc[4])
{
    mcu_vector vector = {{acc[0], acc[1], acc[2], acc[3]}, x + length, {0, 0, 0, 0}, -length, offset, 0};
    register void *start __asm__("r0") = &vector;

    for (int32_t i = 0; i < 4; ++i) {
        weights += length;
        vector.weights_end[i] = weights;
    }
    __asm__ volatile(".syntax unified\n\t"
                     "str r7, [r0, #44]\n\t"
                     "mov lr, r0\n\t"
                     "ldr r1, [r0, #40]\n\t"
                     "mov r12, r1\n\t"
                     "ldmia r0!, {r1, r2, r3, r4}\n\t"
                     "mov r8, r1\n\t"
                     "mov r9, r2\n\t"
                     "mov r10, r3\n\t"
                     "mov r11, r4\n\t"
                     "ldmia r0!, {r1, r2, r3, r4, r5, r6}\n\t"
                     "lsls r0, r6, #31\n\t"
                     "bcc 6f\n\t"
                     "bmi 5f\n\t"
                     "b 4f\n"
                     "6:\n\t"
                     "bmi 2f\n"
                     "1:\n\t" MCU_FOUR_FILTERS "2:\n\t" MCU_FOUR_FILTERS "4:\n\t" MCU_FOUR_FILTERS
                     "5:\n\t" MCU_FOUR_FILTERS "bne 1b\n\t"
                     "mov r0, lr\n\t"
                     "mov r1, r8\n\t"
                     "mov r2, r9\n\t"
                     "mov r3, r10\n\t"
                     "mov r4, r11\n\t"
                     "stmia r0!, {r1, r2, r3, r4}\n\t"
                     "ldr r7, [r0, #28]"
                     : "+l"(start)
                     :
                     : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
    for (int32_t i = 0; i < 4; ++i) {
        acc[i] = vector.acc[i];
    }
}

#endif
