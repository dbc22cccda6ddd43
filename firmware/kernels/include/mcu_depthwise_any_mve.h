/* Depthwise convolution of any kernel, stride, padding and dilation with Helium: 16 channels of a pixel, straight from
 * input and weights. Only for cores with __ARM_FEATURE_MVE.
 *
 * Register blocking is that of mcu_depthwise_products_mve.h. What the input offset adds is known per kernel column, for
 * the kernel rows inside the input; pixels at the left and right border leave columns out. The last 16 channels overlap
 * those before them, where the count is no multiple of 16.
 */
#ifndef MCU_DEPTHWISE_ANY_MVE_H
#define MCU_DEPTHWISE_ANY_MVE_H

#include "mcu_depthwise_products_mve.h"

/* The most kernel columns. */
#define MCU_DW_COLUMNS_MVE 7
/* Sums of so many weights fit 16 bits. */
#define MCU_DW_ROWS_MVE 256

/* 16 channels. sums: of the weights of a column in the kernel rows `rows`, even channels, then odd ones; bias[0]: with
 * what the input offset adds to all of them, bias[1]: without, bias[2]: of a pixel at the border. */
typedef struct {
    mcu_depthwise_tables_mve tables;
    int16_t sums[MCU_DW_COLUMNS_MVE][16];
    mcu_taps rows;
    int32_t is_plain;
    int32_t most_paired; /* taps of a kernel row whose products may be added in 16 bits, two by two */
} mcu_depthwise_any_mve;

/* Steps in elements: x, w: from tap to tap; x_row, w_row: from row to row. */
typedef struct {
    int32_t x;
    int32_t w;
    int32_t x_row;
    int32_t w_row;
} mcu_depthwise_strides_mve;

#define MCU_DW_ANY_FIRST                                                                                               \
    "vldrb.8 q4, [%[x]]\n add %[x], %[x], %[x_step]\n vldrb.8 q5, [%[w]]\n add %[w], %[w], %[w_step]\n"                \
    "vmullb.s8 q6, q4, q5\n vmullt.s8 q7, q4, q5\n"
#define MCU_DW_ANY_SECOND                                                                                              \
    "vldrb.8 q4, [%[x]]\n add %[x], %[x], %[x_step]\n vldrb.8 q5, [%[w]]\n vmullb.s8 q5, q4, q5\n"                     \
    "vadd.i16 q6, q6, q5\n vldrb.8 q5, [%[w]]\n add %[w], %[w], %[w_step]\n vmullt.s8 q4, q4, q5\n"                    \
    "vadd.i16 q7, q7, q4\n"

/* Bias and the products of `rows` > 0 rows of 2 * pairs + singles taps. */
static inline mcu_accumulators_mve mcu_depthwise_taps_mve(const int8_t *x, const int8_t *weights,
                                                          mcu_depthwise_strides_mve strides, int32_t rows,
                                                          int32_t pairs, int32_t singles, const int32_t bias[16])
{
    const int32_t taps = 2 * pairs + singles;
    const int32_t x_gap = strides.x_row - taps * strides.x;
    register int32x4_t acc_0 __asm__("q0");
    register int32x4_t acc_1 __asm__("q1");
    register int32x4_t acc_2 __asm__("q2");
    register int32x4_t acc_3 __asm__("q3");

    __asm__ volatile(MCU_DW_BIAS "ldr %[bias], %[x_gap]\n"
                     "1:\n wls lr, %[pairs], 3f\n"
                     "2:\n" MCU_DW_ANY_FIRST MCU_DW_ANY_SECOND MCU_DW_WIDEN "le lr, 2b\n"
                     "3:\n wls lr, %[singles], 5f\n"
                     "4:\n" MCU_DW_ANY_FIRST MCU_DW_WIDEN "le lr, 4b\n"
                     "5:\n add %[x], %[x], %[bias]\n add %[w], %[w], %[w_gap]\n subs %[rows], %[rows], #1\n bne 1b\n"
                     : [x] "+&r"(x), [w] "+&r"(weights), [rows] "+&r"(rows), [bias] "+&r"(bias), "=&w"(acc_0),
                       "=&w"(acc_1), "=&w"(acc_2), "=&w"(acc_3)
                     : [pairs] "r"(pairs), [singles] "r"(singles), [x_step] "r"(strides.x), [w_step] "r"(strides.w),
                       [x_gap] "m"(x_gap), [w_gap] "r"(strides.w_row - taps * strides.w)
                     : "q4", "q5", "q6", "q7", "lr", "cc", "memory");
    {
        const mcu_accumulators_mve acc = {{acc_0, acc_1, acc_2, acc_3}};
        return acc;
    }
}

/* Sorts the tables of 16 channels; bias[0] gets the bias itself. Returns the largest shift. */
static inline int32_t mcu_sort_tables_mve(const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                                          mcu_depthwise_tables_mve *tables)
{
    int32_t *to = tables->multiplier;
    int32_t largest = INT32_MIN;

    __asm__ volatile(MCU_DW_SORT("multiplier") MCU_DW_SORT("shift") MCU_DW_LARGEST("largest") MCU_DW_SORT("bias")
                     : [largest] "+&r"(largest), [tap] "+&r"(to), [bias] "+&r"(bias), [multiplier] "+&r"(multiplier),
                       [shift] "+&r"(shift)
                     :
                     : "q0", "q1", "q2", "q3", "memory");
    return largest;
}

/* to[16] gets from[16] and offset times the sums of a kernel column. */
static inline void mcu_add_column_mve(const int32_t *from, const int16_t sums[16], int32_t offset, int32_t *to)
{
    const int16x8_t even = vldrhq_s16(sums);
    const int16x8_t odd = vldrhq_s16(sums + 8);

    vstrwq_s32(to, vmlaq_n_s32(vldrwq_s32(from), vmovlbq_s16(even), offset));
    vstrwq_s32(to + 4, vmlaq_n_s32(vldrwq_s32(from + 4), vmovlbq_s16(odd), offset));
    vstrwq_s32(to + 8, vmlaq_n_s32(vldrwq_s32(from + 8), vmovltq_s16(even), offset));
    vstrwq_s32(to + 12, vmlaq_n_s32(vldrwq_s32(from + 12), vmovltq_s16(odd), offset));
}

/* Sums and bias[0] for kernel rows `rows`. */
static __attribute__((noinline)) void mcu_set_sums_mve(mcu_depthwise_any_mve *block, const int8_t *weights,
                                                       const cmsis_nn_dims *filter, int32_t channels,
                                                       int32_t input_offset, mcu_taps rows)
{
    const int32_t *bias = block->tables.bias[1];
    int8x16_t smallest = vdupq_n_s8(0);

    for (int32_t col = 0; col < filter->w; ++col) {
        const int8_t *from = weights + (rows.begin * filter->w + col) * channels;
        int16x8_t even = vdupq_n_s16(0);
        int16x8_t odd = vdupq_n_s16(0);

        for (int32_t row = rows.begin; row < rows.end; ++row, from += filter->w * channels) {
            const int8x16_t values = vldrbq_s8(from);
            smallest = vminq_s8(smallest, values);
            even = vaddq_s16(even, vmovlbq_s8(values));
            odd = vaddq_s16(odd, vmovltq_s8(values));
        }
        vstrhq_s16(block->sums[col], even);
        vstrhq_s16(block->sums[col] + 8, odd);
        mcu_add_column_mve(bias, block->sums[col], input_offset, block->tables.bias[0]);
        bias = block->tables.bias[0];
    }
    block->rows = rows;
    block->most_paired = vminvq_s8(0, smallest) == -128 ? 0 : filter->w;
}

/* One output row of 16 channels; x: row `top` of the input, wherever that lies; `rows` of block are the kernel's. */
static __attribute__((noinline)) void mcu_depthwise_any_row_mve(mcu_depthwise_any_mve *block,
                                                                const cmsis_nn_dw_conv_params *params,
                                                                const cmsis_nn_dims *input, const cmsis_nn_dims *filter,
                                                                const int8_t *x, const int8_t *weights,
                                                                int32_t output_w, int8_t *y)
{
    const int32_t channels = input->c;
    const mcu_output_mve output = {params->output_offset, params->activation.min, params->activation.max};
    const mcu_depthwise_strides_mve strides = {params->dilation.w * channels, channels,
                                               params->dilation.h * input->w * channels, filter->w * channels};
    const int32_t rows = block->rows.end - block->rows.begin;
    int32_t left = -params->padding.w;

    x += block->rows.begin * strides.x_row;
    weights += block->rows.begin * strides.w_row;
    for (int32_t out_col = 0; out_col < output_w; ++out_col, left += params->stride.w, y += channels) {
        const mcu_taps cols = mcu_taps_inside(left, params->dilation.w, filter->w, input->w);
        const int32_t covered = cols.end - cols.begin;
        const int32_t taps = rows > 0 ? covered : 0;
        const int32_t pairs = mcu_min(taps, block->most_paired) / 2;
        const int32_t *bias = block->tables.bias[0];
        mcu_accumulators_mve acc;

        for (int32_t col = covered < filter->w ? 0 : filter->w; col < filter->w; ++col) {
            if (col < cols.begin || col >= cols.end) {
                mcu_add_column_mve(bias, block->sums[col], -params->input_offset, block->tables.bias[2]);
                bias = block->tables.bias[2];
            }
        }
        acc = mcu_depthwise_taps_mve(x + left * channels + cols.begin * strides.x, weights + cols.begin * channels,
                                     strides, mcu_max(rows, 1), pairs, taps - 2 * pairs, bias);
        if (block->is_plain) {
            vstrbq_s8(y, mcu_depthwise_output_mve(&acc, &block->tables, output, 1));
        } else {
            vstrbq_s8(y, mcu_depthwise_output_mve(&acc, &block->tables, output, 0));
        }
    }
}

/* One batch of at least 16 channels, as many outputs as inputs, with a kernel of at most MCU_DW_ROWS_MVE rows and
 * MCU_DW_COLUMNS_MVE columns. */
static inline void mcu_depthwise_any_batch_mve(const cmsis_nn_dw_conv_params *dw_conv_params,
                                               const cmsis_nn_per_channel_quant_params *quant_params,
                                               const cmsis_nn_dims *input_dims, const int8_t *x,
                                               const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                               const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const mcu_output_mve output = {dw_conv_params->output_offset, dw_conv_params->activation.min,
                                   dw_conv_params->activation.max};
    const int32_t channels = input_dims->c;
    mcu_depthwise_any_mve block;

    for (int32_t next_ch = 0; next_ch < channels; next_ch += 16) {
        const int32_t ch = mcu_min(next_ch, channels - 16);
        const int32_t largest_shift = mcu_sort_tables_mve(bias + ch, quant_params->multiplier + ch,
                                                          quant_params->shift + ch, &block.tables);

        block.is_plain = mcu_is_plain_mve(output, largest_shift);
        for (int32_t i = 0; i < 16; i += 4) {
            vstrwq_s32(block.tables.bias[1] + i, vldrwq_s32(block.tables.bias[0] + i));
        }
        block.rows.begin = -1; /* no sums yet */
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            const int32_t top = out_row * dw_conv_params->stride.h - dw_conv_params->padding.h;
            const mcu_taps rows = mcu_taps_inside(top, dw_conv_params->dilation.h, filter_dims->h, input_dims->h);

            if (rows.begin != block.rows.begin || rows.end != block.rows.end) {
                mcu_set_sums_mve(&block, weights + ch, filter_dims, channels, dw_conv_params->input_offset, rows);
            }
            mcu_depthwise_any_row_mve(&block, dw_conv_params, input_dims, filter_dims,
                                      x + top * input_dims->w * channels + ch, weights + ch, output_dims->w,
                                      y + out_row * output_dims->w * channels + ch);
        }
    }
}

#endif
