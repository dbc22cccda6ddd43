/* What 16 lanes of a 3x3 depthwise convolution with Helium need, prepared for the rows of a call. Only for cores with
 * __ARM_FEATURE_MVE.
 *
 * Kernel rows that lie in padding get weights of 0, so that rows at the top and bottom border pass through the same
 * loops as all others.
 */
#ifndef MCU_DEPTHWISE_BLOCK_MVE_H
#define MCU_DEPTHWISE_BLOCK_MVE_H

#include "arm_nnsupportfunctions.h"
#include "mcu_layout_mve.h"
#include "mcu_requantize_mve.h"

/* Steps in elements: from tap to tap, and from the last tap of a kernel row to the first of the next. */
typedef struct {
    int32_t tap;
    int32_t down;
    int32_t below;
} mcu_depthwise_steps_mve;

/* Of 16 channels: number 4 * i + b is stored at 4 * b + i. bias[0]: with what the input offset adds at all taps; the
 * others are of pixels at the borders. */
typedef struct {
    int32_t multiplier[16];
    int32_t shift[16];
    int32_t bias[3][16];
} mcu_depthwise_tables_mve;

/* The assembly knows the offsets in bytes. bias[1] is that of the taps without the left column, bias[2] without the
 * right one. */
typedef struct {
    int8_t weights[9][16];           /* 0 */
    mcu_depthwise_tables_mve tables; /* 144: multiplier, 208: shift, 272, 336 and 400: bias */
    struct {                 /* Output rows. Between their borders lie `count` times one pixel or two neighbours. */
        int32_t left;        /* 464: whether there is a pixel at the left border */
        uint32_t left_mask;  /* 468: its lanes */
        int32_t back;        /* 472: behind the left pixel, which is one and not two */
        int32_t count;       /* 476 */
        int32_t right;       /* 480 */
        uint32_t right_mask; /* 484 */
        int32_t before;      /* 488: of two pixels the one at the right border is the second */
        int32_t y_step;      /* 492: from pixel to pixel, or by two */
        mcu_depthwise_steps_mve steps; /* 496 */
        int32_t next;        /* 508: from the last tap of a window to the first of the next */
        const int8_t *x;     /* 512: of the first window of a row, in padding or not */
        int8_t *y;           /* 516 */
        int32_t x_row;       /* 520: from row to row */
        int32_t y_row;       /* 524 */
        int32_t rows;        /* 528: > 0 */
    } plan;
    struct {                       /* Blocks one after the other: where the next one finds its tables and rows. */
        const int32_t *multiplier; /* 532 */
        const int32_t *shift;      /* 536 */
        mcu_taps rows;             /* 540: of the kernel, inside the input */
        const int32_t *bias;       /* 548 */
        const int8_t *weights;     /* 552 */
        int32_t pitch;             /* 556: of the weights, from tap to tap */
        int32_t input_offset;      /* 560 */
        const int8_t *x;           /* 564 */
        int8_t *y;                 /* 568 */
        int32_t least_shift;       /* 572: > 0 if no block is for the assembly, whatever its shifts */
        int32_t left;              /* 576: blocks not yet taken: > 0 where the assembly begins */
        int32_t smallest_weight;   /* 580: of the block that it leaves, if any: of taps 1, 3, 5 and 7 at least */
    } queue;
} mcu_depthwise_block_mve;

MCU_LIES_AT(mcu_depthwise_block_mve, tables.multiplier, 144);
MCU_LIES_AT(mcu_depthwise_block_mve, tables.shift, 208);
MCU_LIES_AT(mcu_depthwise_block_mve, tables.bias, 272);
MCU_LIES_AT(mcu_depthwise_block_mve, plan, 464);
MCU_LIES_AT(mcu_depthwise_block_mve, plan.steps, 496);
MCU_LIES_AT(mcu_depthwise_block_mve, plan.rows, 528);
MCU_LIES_AT(mcu_depthwise_block_mve, queue, 532);
MCU_LIES_AT(mcu_depthwise_block_mve, queue.rows, 540);
MCU_LIES_AT(mcu_depthwise_block_mve, queue.smallest_weight, 580);

/* A table of 16 channels, sorted to where `tap` points. */
#define MCU_DW_SORT(from)                                                                                              \
    "vld40.32 {q0, q1, q2, q3}, [%[" from "]]\n vld41.32 {q0, q1, q2, q3}, [%[" from "]]\n"                            \
    "vld42.32 {q0, q1, q2, q3}, [%[" from "]]\n vld43.32 {q0, q1, q2, q3}, [%[" from "]]!\n"                           \
    "vstmia %[tap]!, {d0-d7}\n"
#define MCU_DW_LARGEST(largest)                                                                                        \
    "vmaxv.s32 %[" largest "], q0\n vmaxv.s32 %[" largest "], q1\n"                                                    \
    "vmaxv.s32 %[" largest "], q2\n vmaxv.s32 %[" largest "], q3\n"

/* Text of assembly that prepares the queue's next block. Registers are named after what rows need:
 *
 * register | tables                      | weights and biases                  | rows (mcu_depthwise_plain_mve)
 * w        | the block                   | the block                           | the block
 * x        | at the end: the weights     | weights of a tap, in the queue      | input
 * y        | multipliers, in the queue   | weights of a tap, in the block      | output
 * t        | shifts, in the queue        | first kernel row inside             | whatever comes
 * next     | biases, in the queue        | minus the input offset              | step
 * tap      | the sorted tables           | pitch of the weights                | step
 * below    |                             | the input offset                    | step
 * down     |                             | smallest weight so far              | step
 * y_step   | largest shift               | largest shift                       | step
 * offset   |                             | end of the kernel rows inside       | -128
 * rows     |                             |                                     | output rows left
 *
 * All tables but the weights are sorted first. */
#define MCU_DW_TABLES                                                                                                  \
    "add %[tap], %[w], #144\n ldrd %[y], %[t], [%[w], #532]\n ldrd %[next], %[x], [%[w], #548]\n"                      \
    "ldr %[y_step], [%[w], #572]\n"                                                                                    \
    MCU_DW_SORT("y") MCU_DW_SORT("t") MCU_DW_LARGEST("y_step") MCU_DW_SORT("next")                                     \
    "strd %[y], %[t], [%[w], #532]\n add %[y], %[x], #16\n strd %[next], %[y], [%[w], #548]\n"

/* A tap: its weights from x to the block; the sums of its kernel column, of even and of odd channels, begin or go on.
 * The smallest weight is that of odd taps: products are added in pairs, of neighbours, so each has one odd tap, and
 * needs 17 bits only if both weights are -128. */
#define MCU_DW_TAP "vldrb.8 q0, [%[x]]\n add %[x], %[x], %[tap]\n vstrb.8 q0, [%[y]], #16\n"
#define MCU_DW_LEAST "vminv.s8 %[down], q0\n"
#define MCU_DW_SUM_FIRST(even, odd) MCU_DW_TAP "vmovlb.s8 " even ", q0\n vmovlt.s8 " odd ", q0\n"
#define MCU_DW_SUM_MORE(even, odd)                                                                                     \
    MCU_DW_TAP "vmovlb.s8 q1, q0\n vadd.i16 " even ", " even ", q1\n vmovlt.s8 q1, q0\n vadd.i16 " odd ", " odd ", q1\n"
#define MCU_DW_ROW(SUM, outer, middle) SUM("q2", "q3") outer SUM("q4", "q5") middle SUM("q6", "q7") outer

/* Kernel rows [t, offset); those outside get weights of 0. */
#define MCU_DW_SOME_ROWS                                                                                               \
    "vmov.i32 q2, #0\n vmov.i32 q3, #0\n vmov.i32 q4, #0\n vmov.i32 q5, #0\n vmov.i32 q6, #0\n vmov.i32 q7, #0\n"      \
    "add lr, %[t], %[t], lsl #1\n mla %[x], lr, %[tap], %[x]\n wls lr, lr, 22f\n"                                      \
    "21:\n vstrb.8 q2, [%[y]], #16\n le lr, 21b\n"                                                                     \
    "22:\n sub lr, %[offset], %[t]\n wls lr, lr, 24f\n"                                                                \
    "23:\n" MCU_DW_ROW(MCU_DW_SUM_MORE, MCU_DW_LEAST, MCU_DW_LEAST) "le lr, 23b\n"                                     \
    "24:\n rsb lr, %[offset], #3\n add lr, lr, lr, lsl #1\n vmov.i32 q0, #0\n wls lr, lr, 27f\n"                       \
    "25:\n vstrb.8 q0, [%[y]], #16\n le lr, 25b\n b 27f\n"

/* Four lanes of the biases: without the left column, with all, without the right one. */
#define MCU_DW_BIASES(widen, left, middle_and_right, right, at, without_left, without_right)                           \
    "vldrw.32 q0, [%[w], #" at "]\n " widen ".s16 q1, " middle_and_right "\n vmla.s32 q0, q1, %[below]\n"              \
    "vstrw.32 q0, [%[w], #" without_left "]\n " widen ".s16 q1, " left "\n vmla.s32 q0, q1, %[below]\n"                \
    "vstrw.32 q0, [%[w], #" at "]\n " widen ".s16 q1, " right "\n vmla.s32 q0, q1, %[next]\n"                          \
    "vstrw.32 q0, [%[w], #" without_right "]\n"

/* The weights from x on, and the biases. */
#define MCU_DW_WEIGHTS                                                                                                 \
    "mov %[y], %[w]\n ldrd %[tap], %[below], [%[w], #556]\n ldrd %[t], %[offset], [%[w], #540]\n"                      \
    "movs %[down], #127\n rsb %[next], %[below], #0\n sub lr, %[offset], %[t]\n cmp lr, #3\n beq 26f\n"                \
    MCU_DW_SOME_ROWS                                                                                                   \
    "26:\n" MCU_DW_ROW(MCU_DW_SUM_FIRST, "", MCU_DW_LEAST) MCU_DW_ROW(MCU_DW_SUM_MORE, MCU_DW_LEAST, "")               \
    MCU_DW_ROW(MCU_DW_SUM_MORE, "", MCU_DW_LEAST)                                                                      \
    "27:\n vadd.i16 q4, q4, q6\n vadd.i16 q5, q5, q7\n"                                                                \
    MCU_DW_BIASES("vmovlb", "q2", "q4", "q6", "272", "336", "400")                                                     \
    MCU_DW_BIASES("vmovlb", "q3", "q5", "q7", "288", "352", "416")                                                     \
    MCU_DW_BIASES("vmovlt", "q2", "q4", "q6", "304", "368", "432")                                                     \
    MCU_DW_BIASES("vmovlt", "q3", "q5", "q7", "320", "384", "448")

#endif
