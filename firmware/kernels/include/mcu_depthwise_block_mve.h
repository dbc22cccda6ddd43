/* What 16 lanes of a 3x3 depthwise convolution with Helium need, prepared for the rows of a call. Only for cores with
 * __ARM_FEATURE_MVE.
 *
 * Kernel rows that lie in padding get weights of 0, so that rows at the top and bottom border pass through the same
 * loops as all others.
 */
#ifndef MCU_DEPTHWISE_BLOCK_MVE_H
#define MCU_DEPTHWISE_BLOCK_MVE_H

#include "arm_nnsupportfunctions.h"
#include "mcu_requantize_mve.h"

/* Steps in elements: from tap to tap, and from the last tap of a kernel row to the first of the next. */
typedef struct {
    int32_t tap;
    int32_t down;
    int32_t below;
} mcu_depthwise_steps_mve;

/* Output rows that are plain, as the assembly takes them, by offset in bytes. left, right: whether there is a pixel at
 * that border; between them `count` times one pixel or two that are neighbours. The masks are of their lanes. */
typedef struct {
    int32_t left;        /* 0 */
    uint32_t left_mask;  /* 4 */
    int32_t back;        /* 8: behind the left pixel, which is one and not two */
    int32_t count;       /* 12 */
    int32_t right;       /* 16 */
    uint32_t right_mask; /* 20 */
    int32_t before;      /* 24: of two pixels the one at the right border is the second */
    int32_t rows;        /* 28: > 0 */
    const int8_t *x;     /* 32: of the first window, in padding or not */
    int8_t *y;           /* 36 */
    int32_t x_row;       /* 40: from row to row */
    int32_t y_row;       /* 44 */
} mcu_depthwise_rows_mve;

/* The assembly knows the offsets. Lane 4 * i + b of a table belongs to channel 4 * i + b and is stored at 4 * b + i.
 * bias: with what the input offset adds at all taps, at those without the left column, and without the right one.
 * is_direct: products are straight from the input: all 16 lanes are in use, and no two products are of -128, whose sum
 * would need 17 bits. */
typedef struct {
    int8_t weights[9][16];       /* 0 */
    int32_t multiplier[16];      /* 144 */
    int32_t shift[16];           /* 208 */
    int32_t bias[3][16];         /* 272 */
    int32_t is_plain;            /* 464 */
    int32_t is_direct;           /* 468 */
    mcu_depthwise_rows_mve plan; /* 472 */
} mcu_depthwise_block_mve;

/* What is the same for all blocks of channels, and for output rows with the same kernel rows inside the input. */
typedef struct {
    const cmsis_nn_dw_conv_params *params;
    const cmsis_nn_per_channel_quant_params *quant;
    const cmsis_nn_dims *input;
    const cmsis_nn_dims *output;
    const int8_t *weights;
    const int32_t *bias;
    int32_t channels;
    int32_t together; /* neighbouring pixels in 16 lanes */
    int32_t input_row;
    mcu_taps inside;   /* output columns whose windows lie in the input */
    int32_t has_edges; /* one column of padding, or none, is left of these and one, or none, on their right */
    int32_t may_be_plain;
    int32_t may_be_direct;
    mcu_taps rows;                 /* of the kernel, inside the input */
    mcu_depthwise_steps_mve steps; /* a row in padding lies where the nearest one does that is not */
} mcu_depthwise_call_mve;

/* Fewer than 16 channels fill up 16 lanes of the block, in their order: all of them twice if two pixels are taken
 * together, the last one again and again otherwise. */
static inline void mcu_fill_block_mve(const mcu_depthwise_call_mve *call, mcu_depthwise_block_mve *block)
{
    const int32_t channels = call->channels;
    const uint32_t mask = call->together == 2 ? 7 : 15;
    const uint32_t last = (uint32_t)channels - 1;
    const uint8x16_t lane = vminq_u8(vandq_u8(vidupq_n_u8(0, 1), vdupq_n_u8((uint8_t)mask)), vdupq_n_u8((uint8_t)last));
    const int32_t *multiplier = call->quant->multiplier;
    const int32_t *shift = call->quant->shift;
    const int32_t *bias = call->bias;
    const int8_t *weights = call->weights;

#pragma GCC unroll 1
    for (int32_t tap = 0; tap < 9; ++tap, weights += channels) {
        vstrbq_s8(block->weights[tap], vldrbq_gather_offset_s8(weights, lane));
    }
#pragma GCC unroll 1
    for (int32_t i = 0; i < 16; i += 4) {
        const uint32x4_t ch = vminq_u32(vandq_u32(vidupq_n_u32((uint32_t)i, 1), vdupq_n_u32(mask)), vdupq_n_u32(last));

        vstrwq_s32(block->multiplier + i, vldrwq_gather_shifted_offset_s32(multiplier, ch));
        vstrwq_s32(block->shift + i, vldrwq_gather_shifted_offset_s32(shift, ch));
        vstrwq_s32(block->bias[0] + i, vldrwq_gather_shifted_offset_s32(bias, ch));
    }
}

#define MCU_DW_LOAD_TABLE(from)                                                                                        \
    "vld40.32 {q0, q1, q2, q3}, [" from "]\n vld41.32 {q0, q1, q2, q3}, [" from "]\n"                                  \
    "vld42.32 {q0, q1, q2, q3}, [" from "]\n vld43.32 {q0, q1, q2, q3}, [" from "]\n"
#define MCU_DW_STORE_TABLE(at_0, at_1, at_2, at_3)                                                                     \
    "vstrw.32 q0, [%[block], #" at_0 "]\n vstrw.32 q1, [%[block], #" at_1 "]\n"                                        \
    "vstrw.32 q2, [%[block], #" at_2 "]\n vstrw.32 q3, [%[block], #" at_3 "]\n"

/* Sorts the tables of 16 lanes into the block. Returns the largest shift. */
static inline int32_t mcu_sort_tables_mve(const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                                          mcu_depthwise_block_mve *block)
{
    int32_t largest = INT32_MIN;

    __asm__ volatile(MCU_DW_LOAD_TABLE("%[bias]") MCU_DW_STORE_TABLE("272", "288", "304", "320")
                     MCU_DW_LOAD_TABLE("%[multiplier]") MCU_DW_STORE_TABLE("144", "160", "176", "192")
                     MCU_DW_LOAD_TABLE("%[shift]") MCU_DW_STORE_TABLE("208", "224", "240", "256")
                     "vmaxv.s32 %[largest], q0\n vmaxv.s32 %[largest], q1\n"
                     "vmaxv.s32 %[largest], q2\n vmaxv.s32 %[largest], q3\n"
                     : [largest] "+&r"(largest)
                     : [bias] "r"(bias), [multiplier] "r"(multiplier), [shift] "r"(shift), [block] "r"(block)
                     : "q0", "q1", "q2", "q3", "memory");
    return largest;
}

/* A tap: its weights to the block; the sums of its kernel column, of even and of odd channels, begin or go on. */
#define MCU_DW_TAP(at)                                                                                                 \
    "vpst\n vldrbt.8 q0, [%[w]]\n add %[w], %[w], %[pitch]\n"                                                          \
    "vstrw.32 q0, [%[block], #" at "]\n vminv.s8 %[smallest], q0\n"
#define MCU_DW_SUM_FIRST(at, even, odd) MCU_DW_TAP(at) "vmovlb.s8 " even ", q0\n vmovlt.s8 " odd ", q0\n"
#define MCU_DW_SUM_MORE(at, even, odd)                                                                                 \
    MCU_DW_TAP(at)                                                                                                     \
    "vmovlb.s8 q1, q0\n vadd.i16 " even ", " even ", q1\n vmovlt.s8 q1, q0\n vadd.i16 " odd ", " odd ", q1\n"
#define MCU_DW_ROW(SUM, row, left, middle, right)                                                                      \
    "sbfx %[mask], %[rows], #" row ", #1\n vmsr p0, %[mask]\n"                                                         \
    SUM(left, "q2", "q3") SUM(middle, "q4", "q5") SUM(right, "q6", "q7")

/* Four lanes of the biases: without the left column, with all, without the right one. */
#define MCU_DW_BIASES(widen, left, middle_and_right, right, at, without_left, without_right)                           \
    "vldrw.32 q0, [%[block], #" at "]\n " widen ".s16 q1, " middle_and_right "\n vmla.s32 q0, q1, %[offset]\n"         \
    "vstrw.32 q0, [%[block], #" without_left "]\n " widen ".s16 q1, " left "\n vmla.s32 q0, q1, %[offset]\n"           \
    "vstrw.32 q0, [%[block], #" at "]\n " widen ".s16 q1, " right "\n vmla.s32 q0, q1, %[minus]\n"                     \
    "vstrw.32 q0, [%[block], #" without_right "]\n"

/* Weights of 16 lanes to the block, `pitch` elements from tap to tap, and what the input offset adds to the biases.
 * Returns the smallest weight. */
static inline int32_t mcu_add_weights_mve(const int8_t *weights, int32_t pitch, int32_t input_offset, mcu_taps rows,
                                       mcu_depthwise_block_mve *block)
{
    int32_t smallest = 127;
    int32_t mask;
    mve_pred16_t inside;

    __asm__ volatile(MCU_DW_ROW(MCU_DW_SUM_FIRST, "0", "0", "16", "32")
                     MCU_DW_ROW(MCU_DW_SUM_MORE, "1", "48", "64", "80")
                     MCU_DW_ROW(MCU_DW_SUM_MORE, "2", "96", "112", "128")
                     "vadd.i16 q4, q4, q6\n vadd.i16 q5, q5, q7\n"
                     MCU_DW_BIASES("vmovlb", "q2", "q4", "q6", "272", "336", "400")
                     MCU_DW_BIASES("vmovlb", "q3", "q5", "q7", "288", "352", "416")
                     MCU_DW_BIASES("vmovlt", "q2", "q4", "q6", "304", "368", "432")
                     MCU_DW_BIASES("vmovlt", "q3", "q5", "q7", "320", "384", "448")
                     : [w] "+&r"(weights), [smallest] "+&r"(smallest), [mask] "=&r"(mask), "=Up"(inside)
                     : [pitch] "r"(pitch), [block] "r"(block), [offset] "r"(input_offset), [minus] "r"(-input_offset),
                       [rows] "r"((1 << rows.end) - (1 << rows.begin))
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory");
    return smallest;
}

/* The block that begins at channel ch. */
static inline void mcu_set_block_mve(const mcu_depthwise_call_mve *call, int32_t ch, mcu_depthwise_block_mve *block)
{
    const int8_t *weights = call->weights + ch;
    const int32_t *bias = call->bias + ch;
    const int32_t *multiplier = call->quant->multiplier + ch;
    const int32_t *shift = call->quant->shift + ch;
    int32_t pitch = call->steps.tap;

    if (call->channels < 16) {
        mcu_fill_block_mve(call, block);
        weights = block->weights[0];
        bias = block->bias[0];
        multiplier = block->multiplier;
        shift = block->shift;
        pitch = 16;
    }
    block->is_plain = mcu_sort_tables_mve(bias, multiplier, shift, block) <= 0 && call->may_be_plain;
    block->is_direct = mcu_add_weights_mve(weights, pitch, call->params->input_offset, call->rows, block) != -128 &&
                       call->may_be_direct;
}

#endif
