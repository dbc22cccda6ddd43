/* One channel of an output row of a 3x3 depthwise convolution on Cortex-M3: column after column of the input. */
#ifndef MCU_COLUMNS_V7M_H
#define MCU_COLUMNS_V7M_H

#include "arm_nnsupportfunctions.h"
#include "mcu_rescale_v7m.h"

/* What the assembly needs, in the order of its loads. wrc is the weight of kernel row r, column c; 0 where the row lies
 * in padding, its inputs are any then. bias holds the input offset times all weights. */
typedef struct {
    const int8_t *x;    /* under the middle column of the first output's kernel */
    int32_t to_second_row;
    int32_t to_third_row;
    int32_t channels;   /* from column to column, of input and output */
    int32_t bias;
    int32_t weights[9]; /* w02, w01, w00, w12, w11, w10, w22, w21, w20 */
    int32_t multiplier; /* twice, less 2^32 */
    int32_t right;      /* at least 1 */
    int32_t output_offset;
    int8_t *y;
    int32_t outputs;    /* whose right column is no padding, at least 1 */
    int32_t first;      /* the first one's accumulator with its left column */
    int32_t one_more;   /* an output whose right column is padding ... */
    int32_t correction; /* ... and what it adds for that */
    int32_t r7;         /* may be the frame pointer, so nobody but the assembly saves it */
} mcu_columns;

/* Whether MCU_RESCALE_V7M is right for a channel. */
static inline int mcu_columns_rescale(int32_t multiplier, int32_t shift)
{
    return shift < 0 && multiplier >= INT32_C(1) << 30;
}

static inline void mcu_set_rescaling(mcu_columns *columns, int32_t multiplier, int32_t shift,
                                     const cmsis_nn_dw_conv_params *dw_conv_params)
{
    columns->multiplier = (int32_t)((uint32_t)multiplier << 1);
    columns->right = -shift;
    columns->output_offset = dw_conv_params->output_offset;
}

/* r4: first at x, then at the constants. */
#define MCU_COLUMNS_BEGIN \
    "str r7, [r4, #88]\n\t" \
    "add r0, r4, #68\n\t" \
    "ldmia r0, {r5, r7, r8}\n\t" \
    "ldmia r4!, {r0, r1, r2, r3}\n\t"

#define MCU_STORE_OUTPUT(acc) MCU_RESCALE_V7M(acc, "lr", "r10", "r11", "r12") "strb " acc ", [r5]\n\t"

/* r4 at the constants, r6: the accumulator of one more output, of the right column's padding. */
#define MCU_COLUMNS_END \
    "ldr r8, [r4, #68]\n\t" \
    "add r6, r6, r8\n\t" \
    "add r10, r4, #40\n\t" \
    "ldmia r10, {r10, r11, r12}\n\t" \
    MCU_STORE_OUTPUT("r6") \
    "1:\n\t" \
    "ldr r7, [r4, #72]"

#define MCU_COLUMNS_CLOBBERS \
    "r0", "r1", "r2", "r3", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory"

#define MCU_PRODUCTS_OF_3(left, middle, right) \
    "mla " right ", lr, r10, " right "\n\t" \
    "mla " middle ", lr, r11, " middle "\n\t" \
    "mla " left ", lr, r12, " left "\n\t"

/* A column is the right one of an output, which is complete then, the middle one of the next, and the left one of the
 * next but one, which begins. */
#define MCU_COLUMN_OF_3(left, middle, right, out) \
    "ldmia r4!, {" left ", r10, r11, r12}\n\t" \
    "ldrsb lr, [r0]\n\t" MCU_PRODUCTS_OF_3(left, middle, right) \
    "ldmia r4!, {r10, r11, r12}\n\t" \
    "ldrsb lr, [r0, r1]\n\t" MCU_PRODUCTS_OF_3(left, middle, right) \
    "ldmia r4!, {r10, r11, r12}\n\t" \
    "ldrsb lr, [r0, r2]\n\t" MCU_PRODUCTS_OF_3(left, middle, right) \
    "add r0, r0, r3\n\t" \
    "ldmia r4, {r10, r11, r12}\n\t" \
    MCU_STORE_OUTPUT(right) \
    "add r5, r5, r3\n\t" \
    "subs r4, r4, #40\n\t" \
    "subs r7, r7, #1\n\t" \
    "beq " out "\n\t"

#define MCU_MIDDLE_AND_LEFT(x, weights) \
    "ldrsb lr, [" x "]\n\t" \
    "ldrd r10, r11, [r4, #" weights "]\n\t" \
    "mla r6, lr, r10, r6\n\t" \
    "mla r8, lr, r11, r8\n\t"

static __attribute__((noinline)) void mcu_columns_of_stride_1(mcu_columns *columns)
{
    register mcu_columns *start __asm__("r4") = columns;

    __asm__ volatile(
        MCU_COLUMNS_BEGIN
        "mov r6, r8\n\t"
        "ldr r8, [r4]\n\t"
        MCU_MIDDLE_AND_LEFT("r0", "8") MCU_MIDDLE_AND_LEFT("r0, r1", "20") MCU_MIDDLE_AND_LEFT("r0, r2", "32")
        "add r0, r0, r3\n"
        "0:\n\t"
        MCU_COLUMN_OF_3("r9", "r8", "r6", "3f")
        MCU_COLUMN_OF_3("r6", "r9", "r8", "2f")
        MCU_COLUMN_OF_3("r8", "r6", "r9", "4f")
        "b 0b\n"
        "2:\n\t"
        "mov r6, r9\n\t"
        "b 4f\n"
        "3:\n\t"
        "mov r6, r8\n"
        "4:\n\t"
        "ldr r8, [r4, #64]\n\t"
        "cmp r8, #0\n\t"
        "beq 1f\n\t"
        MCU_COLUMNS_END
        : "+r"(start)
        :
        : MCU_COLUMNS_CLOBBERS);
}

/* r6 gets r8 and the products of a middle column. */
#define MCU_MIDDLE_COLUMN \
    "ldrsb r6, [r0]\n\t" \
    "ldrsb r9, [r0, r1]\n\t" \
    "ldrsb lr, [r0, r2]\n\t" \
    "ldr r10, [r4, #8]\n\t" \
    "ldr r11, [r4, #20]\n\t" \
    "ldr r12, [r4, #32]\n\t" \
    "mla r6, r6, r10, r8\n\t" \
    "mla r6, r9, r11, r6\n\t" \
    "mla r6, lr, r12, r6\n\t" \
    "add r0, r0, r3\n\t"

#define MCU_RIGHT_AND_LEFT(x) \
    "ldrsb lr, [" x "]\n\t" \
    "mla r6, lr, r10, r6\n\t" \
    "mla r8, lr, r12, r8\n\t"

/* Every second column is the middle one of an output; the others are the right one of an output, which is complete
 * then, and the left one of the next, which begins. */
static __attribute__((noinline)) void mcu_columns_of_stride_2(mcu_columns *columns)
{
    register mcu_columns *start __asm__("r4") = columns;

    __asm__ volatile(
        MCU_COLUMNS_BEGIN
        "0:\n\t"
        MCU_MIDDLE_COLUMN
        "ldmia r4!, {r8, r10, r11, r12}\n\t" MCU_RIGHT_AND_LEFT("r0")
        "ldmia r4!, {r10, r11, r12}\n\t" MCU_RIGHT_AND_LEFT("r0, r1")
        "ldmia r4!, {r10, r11, r12}\n\t" MCU_RIGHT_AND_LEFT("r0, r2")
        "add r0, r0, r3\n\t"
        "ldmia r4, {r10, r11, r12}\n\t"
        MCU_STORE_OUTPUT("r6")
        "add r5, r5, r3\n\t"
        "subs r4, r4, #40\n\t"
        "subs r7, r7, #1\n\t"
        "bne 0b\n\t"
        "ldr r6, [r4, #64]\n\t"
        "cmp r6, #0\n\t"
        "beq 1f\n\t"
        MCU_MIDDLE_COLUMN
        MCU_COLUMNS_END
        : "+r"(start)
        :
        : MCU_COLUMNS_CLOBBERS);
}

#endif
