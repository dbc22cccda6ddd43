/* One channel of an output row of a 3x3 depthwise convolution on Cortex-M0: column after column of the input. */
#ifndef MCU_COLUMNS_V6M_H
#define MCU_COLUMNS_V6M_H

#include "arm_nnsupportfunctions.h"
#include "mcu_rescale_v6m.h"

/* What the assembly needs, in the order of its loads. wrc is the weight of kernel row r, column c; 0 where the row lies
 * in padding, its inputs are any then. bias holds the input offset times all weights. */
typedef struct {
    int32_t bias;
    int32_t weights[9];     /* w02, w01, w00, w12, w11, w10, w22, w21, w20 */
    int32_t least;          /* 40: accumulators below give output_offset, or less before the clamp to it or more */
    int32_t output_offset;
    int32_t multiplier_low; /* 48: in [-2^15, 2^15) */
    int32_t multiplier_high;
    int32_t rounding;       /* 56: 2^14 - 2^30 */
    int32_t excess;         /* 2^15 */
    int32_t right;          /* 64: at least 1 */
    int32_t to_second_row;
    int32_t to_third_row;
    const int8_t *x;        /* 76: under the middle column of the first output's kernel */
    int32_t channels;       /* 80: from column to column, of input and output */
    int8_t *y;
    int32_t first;          /* 88: the first output's accumulator with its left column */
    int32_t outputs;        /* whose right column is no padding, at least 1 */
    int32_t one_more;       /* 96: an output whose right column is padding ... */
    int32_t correction;     /* ... and what it adds for that */
    int32_t r7;             /* 104: may be the frame pointer, so nobody but the assembly saves it */
} mcu_columns;

/* Whether MCU_STORE_OUTPUT is right for a channel. */
static inline int mcu_columns_rescale(int32_t multiplier, int32_t shift)
{
    (void)multiplier;
    return shift < 0;
}

static inline void mcu_set_rescaling(mcu_columns *columns, int32_t multiplier, int32_t shift,
                                     const cmsis_nn_dw_conv_params *dw_conv_params)
{
    columns->least = dw_conv_params->activation.min >= dw_conv_params->output_offset ? 1 : INT32_MIN;
    columns->output_offset = dw_conv_params->output_offset;
    columns->multiplier_low = (int16_t)multiplier;
    columns->multiplier_high = (int32_t)(((uint32_t)multiplier - (uint32_t)columns->multiplier_low) >> 16);
    columns->rounding = (1 << 14) - (1 << 30);
    columns->excess = 1 << 15;
    columns->right = -shift;
}

/* r7: columns; r0: x, r1, r2: to second and third row; r11: channels, r12: y, lr: where x ends, `columns` after the
 * outputs. */
#define MCU_COLUMNS_BEGIN(acc, columns) \
    ".syntax unified\n\t" \
    "mov r1, r7\n\t" \
    "movs r7, r0\n\t" \
    "adds r0, #68\n\t" \
    "str r1, [r0, #36]\n\t" \
    "ldmia r0!, {r1, r2, r3, r4, r5, r6}\n\t" \
    "ldr r0, [r0]\n\t" \
    "mov r11, r4\n\t" \
    "mov r12, r5\n\t" \
    "mov " acc ", r6\n\t" \
    "muls r4, r0\n\t" columns \
    "adds r4, r4, r3\n\t" \
    "mov lr, r4\n\t" \
    "movs r0, r3\n\t"

#define MCU_FIRST_INPUT "movs r3, #0\n\tldrsb r3, [r0, r3]\n\t"
#define MCU_SECOND_INPUT "ldrsb r3, [r0, r1]\n\t"
#define MCU_THIRD_INPUT "ldrsb r3, [r0, r2]\n\t"

/* The accumulator in r8 becomes an output; r7: at least, then behind what it loads. */
#define MCU_STORE_OUTPUT \
    "mov r3, r8\n\t" \
    "ldmia r7!, {r1, r2}\n\t" \
    "cmp r3, r1\n\t" \
    "blt 8f\n\t" \
    "ldmia r7!, {r4, r5}\n\t" \
    MCU_LAST_HIGH_PRODUCT_V6M("r3", "r1", "r6", "r4", "r5") \
    "ldmia r7!, {r4, r5, r6}\n\t" \
    "adds r1, r1, r4\n\t" \
    "asrs r1, r1, #15\n\t" \
    "lsls r3, r3, #1\n\t" \
    "adds r3, r3, r1\n\t" \
    "adds r3, r3, r5\n\t" \
    MCU_SHIFT_AND_SATURATE_V6M("r3", "r1", "r6", "r2", "r2", "r1") \
    "b 9f\n" \
    "8:\n\t" \
    "adds r7, #20\n" \
    "9:\n\t" \
    "mov r3, r12\n\t" \
    "strb r2, [r3]\n\t" \
    "add r12, r11\n\t" \
    "ldmia r7!, {r1, r2}\n\t"

/* r7: columns. Goes to 5 if no output is left, else on with the one whose right column is padding. */
#define MCU_ONE_MORE \
    "ldr r3, [r7, #96]\n\t" \
    "cmp r3, #0\n\t" \
    "beq 5f\n\t" \
    "movs r3, #0\n\t" \
    "str r3, [r7, #96]\n\t"
#define MCU_CORRECT \
    "ldr r3, [r7, #100]\n\t" \
    "add r8, r3\n\t"

#define MCU_COLUMNS_END \
    "5:\n\t" \
    "ldr r0, [r7, #104]\n\t" \
    "mov r7, r0"

#define MCU_COLUMNS_CLOBBERS \
    "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory"

#define MCU_MIDDLE_AND_LEFT(input, middle, left) \
    input \
    "ldr r5, [r7, #" middle "]\n\t" \
    "ldr r6, [r7, #" left "]\n\t" \
    "muls r5, r3\n\t" \
    "muls r6, r3\n\t" \
    "add r8, r5\n\t" \
    "add r9, r6\n\t"

#define MCU_PRODUCTS_OF_3 \
    "muls r4, r3\n\t" \
    "muls r5, r3\n\t" \
    "muls r6, r3\n\t" \
    "add r8, r4\n\t" \
    "add r9, r5\n\t" \
    "add r10, r6\n\t"

/* A column is the right one of the output in r8, which is complete then, the middle one of that in r9, and the left one
 * of that in r10, which begins. */
static __attribute__((noinline)) void mcu_columns_of_stride_1(mcu_columns *columns)
{
    register mcu_columns *start __asm__("r0") = columns;

    __asm__ volatile(
        MCU_COLUMNS_BEGIN("r8", "add r4, r11\n\t")
        "ldr r3, [r7]\n\t"
        "mov r9, r3\n\t"
        MCU_MIDDLE_AND_LEFT(MCU_FIRST_INPUT, "8", "12")
        MCU_MIDDLE_AND_LEFT(MCU_SECOND_INPUT, "20", "24")
        MCU_MIDDLE_AND_LEFT(MCU_THIRD_INPUT, "32", "36")
        "add r0, r11\n"
        "0:\n\t"
        "ldmia r7!, {r3, r4, r5, r6}\n\t"
        "mov r10, r3\n\t"
        MCU_FIRST_INPUT MCU_PRODUCTS_OF_3
        "ldmia r7!, {r4, r5, r6}\n\t" MCU_SECOND_INPUT MCU_PRODUCTS_OF_3
        "ldmia r7!, {r4, r5, r6}\n\t" MCU_THIRD_INPUT MCU_PRODUCTS_OF_3
        "add r0, r11\n"
        "3:\n\t"
        MCU_STORE_OUTPUT
        "subs r7, #76\n\t"
        "mov r8, r9\n\t"
        "mov r9, r10\n\t"
        "cmp r0, lr\n\t"
        "bne 0b\n\t"
        MCU_ONE_MORE MCU_CORRECT
        "adds r7, #40\n\t"
        "b 3b\n"
        MCU_COLUMNS_END
        : "+l"(start)
        :
        : MCU_COLUMNS_CLOBBERS);
}

/* r8 gets r9 and the products of a middle column. */
#define MCU_MIDDLE_COLUMN \
    "ldr r4, [r7, #8]\n\t" \
    "ldr r5, [r7, #20]\n\t" \
    "ldr r6, [r7, #32]\n\t" \
    MCU_FIRST_INPUT "muls r4, r3\n\t" \
    MCU_SECOND_INPUT "muls r5, r3\n\t" \
    MCU_THIRD_INPUT "muls r6, r3\n\t" \
    "adds r4, r4, r5\n\t" \
    "adds r4, r4, r6\n\t" \
    "add r4, r9\n\t" \
    "mov r8, r4\n\t" \
    "add r0, r11\n\t"

#define MCU_RIGHT_AND_LEFT \
    "muls r4, r3\n\t" \
    "muls r6, r3\n\t" \
    "add r8, r4\n\t" \
    "add r9, r6\n\t"

/* Every second column is the middle one of the output in r8; the others are the right one of that, which is complete
 * then, and the left one of that in r9, which begins. */
static __attribute__((noinline)) void mcu_columns_of_stride_2(mcu_columns *columns)
{
    register mcu_columns *start __asm__("r0") = columns;

    __asm__ volatile(
        MCU_COLUMNS_BEGIN("r9", "adds r4, r4, r4\n\t")
        "0:\n\t"
        MCU_MIDDLE_COLUMN
        "ldmia r7!, {r3, r4, r5, r6}\n\t"
        "mov r9, r3\n\t"
        MCU_FIRST_INPUT MCU_RIGHT_AND_LEFT
        "ldmia r7!, {r4, r5, r6}\n\t" MCU_SECOND_INPUT MCU_RIGHT_AND_LEFT
        "ldmia r7!, {r4, r5, r6}\n\t" MCU_THIRD_INPUT MCU_RIGHT_AND_LEFT
        "add r0, r11\n"
        "3:\n\t"
        MCU_STORE_OUTPUT
        "subs r7, #76\n\t"
        "cmp r0, lr\n\t"
        "bne 0b\n\t"
        MCU_ONE_MORE
        MCU_MIDDLE_COLUMN
        MCU_CORRECT
        "mov lr, r0\n\t"
        "adds r7, #40\n\t"
        "b 3b\n"
        MCU_COLUMNS_END
        : "+l"(start)
        :
        : MCU_COLUMNS_CLOBBERS);
}

#endif
