/* Sum of two tensors with Helium: four elements at a time. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_ADD_MVE_H
#define MCU_ADD_MVE_H

#include "mcu_layout_mve.h"
#include "mcu_requantize_mve.h"

typedef struct {
    int32_t offset;
    int32_t multiplier;
    int32_t shift;
} mcu_term_mve;

/* What the assembly loads, by offset in bytes. The clamp is that before the output offset. */
typedef struct {
    int32x4_t right_1;   /* 0: shifts */
    int32x4_t right_2;   /* 16 */
    int32x4_t right;     /* 32 */
    mcu_clamp_mve clamp; /* 48 */
    mcu_term_mve first;  /* 96 */
    mcu_term_mve second; /* 108 */
    int32_t left;        /* 120 */
    int32_t multiplier;  /* 124 */
    int32_t offset;      /* 128 */
    int32_t size;        /* 132: > 0 */
} mcu_add_operands_mve;

MCU_LIES_AT(mcu_add_operands_mve, clamp, 48);
MCU_LIES_AT(mcu_add_operands_mve, second, 108);
MCU_LIES_AT(mcu_add_operands_mve, size, 132);

/* An input: loaded, offset, shifted to the left and multiplied. */
#define MCU_ADD_INPUT(q, x, offset, multiplier)                                                                        \
    "vldrb.s32 " q ", [%[" x "]], #4\n vadd.i32 " q ", " q ", %[" offset "]\n vshl.s32 " q ", %[left]\n"               \
    "vqrdmulh.s32 " q ", " q ", %[" multiplier "]\n"
/* Divided by a power of two, halves rounded away from zero; `right`: the shift, which is not positive. */
#define MCU_ADD_SHIFT(q, right)                                                                                        \
    "vand q7, " q ", " right "\n vshr.s32 q7, q7, #31\n vqadd.s32 " q ", " q ", q7\n"                                  \
    "vrshl.s32 " q ", " q ", " right "\n"

/* No shift is positive. VLDRB.S32 and VSTRB.32 want r0 to r7. */
static inline void mcu_add_mve(const int8_t *x1, const int8_t *x2, mcu_term_mve first, mcu_term_mve second,
                               int32_t left_shift, int8_t *y, int32_t multiplier, int32_t shift, mcu_output_mve output,
                               int32_t size)
{
    const mcu_add_operands_mve operands = {vdupq_n_s32(first.shift), vdupq_n_s32(second.shift), vdupq_n_s32(shift),
                                           mcu_clamp_of_mve(output), first, second, left_shift, multiplier,
                                           output.output_offset, size};
    register const int8_t *next_1 __asm__("r0") = x1;
    register const int8_t *next_2 __asm__("r1") = x2;
    register int8_t *next __asm__("r2") = y;
    int32_t offset_1;
    int32_t offset_2;
    int32_t offset;
    int32_t multiplier_1;
    int32_t multiplier_2;
    int32_t left;

    if (size <= 0) {
        return;
    }
    __asm__ volatile("vldrw.32 q0, [%[held]]\n vldrw.32 q1, [%[held], #16]\n vldrw.32 q2, [%[held], #32]\n"
                     "vldrw.32 q3, [%[held], #48]\n vldrw.32 q4, [%[held], #64]\n"
                     "ldrd %[offset_1], %[multiplier_1], [%[held], #96]\n"
                     "ldrd %[offset_2], %[multiplier_2], [%[held], #108]\n"
                     "ldrd %[left], %[multiplier], [%[held], #120]\n ldrd %[offset], lr, [%[held], #128]\n"
                     "dlstp.32 lr, lr\n"
                     "1:\n" MCU_ADD_INPUT("q5", "x1", "offset_1", "multiplier_1")
                     MCU_ADD_INPUT("q6", "x2", "offset_2", "multiplier_2")
                     MCU_ADD_SHIFT("q5", "q0") MCU_ADD_SHIFT("q6", "q1")
                     "vadd.i32 q5, q5, q6\n vqrdmulh.s32 q5, q5, %[multiplier]\n" MCU_ADD_SHIFT("q5", "q2")
                     "vmax.s32 q5, q5, q3\n vmin.s32 q5, q5, q4\n vadd.i32 q5, q5, %[offset]\n"
                     "vstrb.32 q5, [%[y]], #4\n letp lr, 1b\n"
                     : [x1] "+&r"(next_1), [x2] "+&r"(next_2), [y] "+&r"(next), [offset_1] "=&r"(offset_1),
                       [offset_2] "=&r"(offset_2), [offset] "=&r"(offset), [left] "=&r"(left),
                       [multiplier_1] "=&r"(multiplier_1), [multiplier_2] "=&r"(multiplier_2),
                       [multiplier] "=&r"(multiplier)
                     : [held] "r"(&operands)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory");
}

#endif
