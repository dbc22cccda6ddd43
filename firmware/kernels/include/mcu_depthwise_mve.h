/* 3x3 depthwise convolution with Helium. Only for cores with __ARM_FEATURE_MVE.
 *
 * 16 channels at a time for all rows of a call, so that their constants are prepared once. Pixels at the left and right
 * border take six products; in other padding, and where there are fewer than 16 channels, the window is copied first.
 * Exactly eight channels, with stride 1, are taken as 16 of two neighbouring pixels. The last 16 channels overlap those
 * before them, where the count is no multiple of 16.
 */
#ifndef MCU_DEPTHWISE_MVE_H
#define MCU_DEPTHWISE_MVE_H

#include "arm_nnsupportfunctions.h"
#include "mcu_depthwise_products_mve.h"

/* to[16] gets table[ch] for the lanes of the accumulators one after the other: lane i of b belongs to channel
 * b + 4 * i, or to eight less, which is the second pixel's. Returns the largest. */
static inline int32_t mcu_sort_table_mve(const int32_t *table, uint32_t channels, int32_t *to)
{
    int32x4_t largest = vdupq_n_s32(INT32_MIN);

    if (channels == 16) {
        const int32x4x4_t sorted = vld4q_s32(table);
        for (int32_t b = 0; b < 4; ++b) {
            vstrwq_s32(to + 4 * b, sorted.val[b]);
            largest = vmaxq_s32(largest, sorted.val[b]);
        }
        return vmaxvq_s32(INT32_MIN, largest);
    }
    for (int32_t b = 0; b < 4; ++b) {
        const uint32x4_t lane = vidupq_n_u32((uint32_t)b, 4);
        const uint32x4_t ch = channels == 8 ? vandq_u32(lane, vdupq_n_u32(7)) : lane;
        const mve_pred16_t inside = vcmpltq_n_s32(vreinterpretq_s32_u32(ch), (int32_t)channels);
        const int32x4_t values = vldrwq_gather_shifted_offset_z_s32(table, ch, inside);

        vstrwq_s32(to + 4 * b, values);
        largest = vmaxq_s32(largest, values);
    }
    return vmaxvq_s32(INT32_MIN, largest);
}

/* The sums of a kernel column's weights, as VMULLB and VMULLT would have them. */
typedef struct {
    int16x8_t even;
    int16x8_t odd;
} mcu_column_mve;

/* to[16] gets from[16] and offset times the sums. */
static inline void mcu_add_offset_mve(const int32_t *from, mcu_column_mve sums, int32_t offset, int32_t *to)
{
    vstrwq_s32(to, vmlaq_n_s32(vldrwq_s32(from), vmovlbq_s16(sums.even), offset));
    vstrwq_s32(to + 4, vmlaq_n_s32(vldrwq_s32(from + 4), vmovlbq_s16(sums.odd), offset));
    vstrwq_s32(to + 8, vmlaq_n_s32(vldrwq_s32(from + 8), vmovltq_s16(sums.even), offset));
    vstrwq_s32(to + 12, vmlaq_n_s32(vldrwq_s32(from + 12), vmovltq_s16(sums.odd), offset));
}

/* Column col of the weights to a block; returns its sums. `smallest` gets the smallest weight of each lane. */
static inline mcu_column_mve mcu_copy_column_mve(const int8_t *weights, int32_t input_ch, uint32_t channels,
                                                 int32_t col, mcu_depthwise_block_mve *block, int8x16_t *smallest)
{
    const mve_pred16_t lanes = vctp8q(channels);
    mcu_column_mve sum = {vdupq_n_s16(0), vdupq_n_s16(0)};

    weights += col * input_ch;
    for (int32_t row = 0; row < 3; ++row, weights += 3 * input_ch) {
        int8_t *to = block->weights[3 * row + col];
        int8x16_t values = vldrbq_z_s8(weights, lanes);

        vstrbq_s8(to, values);
        if (channels == 8) {
            vstrbq_p_s8(to + 8, values, lanes);
            values = vldrbq_s8(to);
        }
        *smallest = vminq_s8(*smallest, values);
        sum.even = vaddq_s16(sum.even, vmovlbq_s8(values));
        sum.odd = vaddq_s16(sum.odd, vmovltq_s8(values));
    }
    return sum;
}

/* Constants of the block that begins at channel ch; channels: min(16, input_ch). */
static __attribute__((noinline)) void mcu_set_block_mve(mcu_depthwise_block_mve *block, const int8_t *weights,
                                                        int32_t input_ch, int32_t input_offset, const int32_t *bias,
                                                        const cmsis_nn_per_channel_quant_params *quant_params,
                                                        int32_t ch, uint32_t channels, mcu_output_mve output)
{
    int8x16_t smallest = vdupq_n_s8(0);
    const mcu_column_mve left = mcu_copy_column_mve(weights + ch, input_ch, channels, 0, block, &smallest);
    const mcu_column_mve middle = mcu_copy_column_mve(weights + ch, input_ch, channels, 1, block, &smallest);
    const mcu_column_mve right = mcu_copy_column_mve(weights + ch, input_ch, channels, 2, block, &smallest);

    mcu_sort_table_mve(bias + ch, channels, block->bias[0]);
    mcu_sort_table_mve(quant_params->multiplier + ch, channels, block->multiplier);
    block->is_plain = mcu_is_plain_mve(output, mcu_sort_table_mve(quant_params->shift + ch, channels, block->shift));
    block->has_lowest = vminvq_s8(0, smallest) == -128;
    mcu_add_offset_mve(block->bias[0], middle, input_offset, block->bias[0]);
    mcu_add_offset_mve(block->bias[0], right, input_offset, block->bias[1]);
    mcu_add_offset_mve(block->bias[0], left, input_offset, block->bias[2]);
    mcu_add_offset_mve(block->bias[1], left, input_offset, block->bias[0]);
}

/* What is the same for all blocks of channels. Steps in elements: `down` from the last tap of a kernel row to the first
 * of the next, `next` from the last tap of a window to the first of the one that follows in a run. */
typedef struct {
    const cmsis_nn_dw_conv_params *params;
    const cmsis_nn_dims *input;
    const cmsis_nn_dims *output;
    mcu_output_mve clamp;
    int32_t channels;
    int32_t together; /* neighbouring pixels in 16 lanes */
    int32_t input_row, down, next;
    mcu_taps inside; /* output columns whose windows lie in the input */
} mcu_depthwise_call_mve;

static inline void mcu_set_call_mve(mcu_depthwise_call_mve *call, const cmsis_nn_dw_conv_params *params,
                                    const cmsis_nn_dims *input, const cmsis_nn_dims *output)
{
    const int32_t stride = params->stride.w;
    const int32_t padding = params->padding.w;

    call->params = params;
    call->input = input;
    call->output = output;
    call->clamp.output_offset = params->output_offset;
    call->clamp.act_min = params->activation.min;
    call->clamp.act_max = params->activation.max;
    call->channels = mcu_min(input->c, 16);
    call->together = input->c == 8 && stride == 1 ? 2 : 1;
    call->input_row = input->w * input->c;
    call->down = call->input_row - 2 * input->c;
    call->next = (call->together * stride - 2) * input->c - 2 * call->input_row;
    call->inside.begin = (padding + stride - 1) / stride;
    call->inside.end = mcu_min((input->w - 3 + padding + stride) / stride, output->w);
}

/* A pixel's accumulators by way of a copy of its window, where padding is the input's zero; x: the tap at (0, 0). */
static inline mcu_accumulators_mve mcu_depthwise_copied_mve(const mcu_depthwise_call_mve *call,
                                                            const mcu_depthwise_block_mve *block, const int8_t *x,
                                                            mcu_taps rows, mcu_taps cols)
{
    const mve_pred16_t lanes = vctp8q((uint32_t)call->channels);
    const int8x16_t zero = vdupq_n_s8((int8_t)-call->params->input_offset);
    const int32_t tap = call->input->c;
    int8_t window[9][16];

    for (int32_t i = 0; i < 9; ++i) {
        vstrbq_s8(window[i], zero);
    }
    for (int32_t row = rows.begin; row < rows.end; ++row) {
        for (int32_t col = cols.begin; col < cols.end; ++col) {
            vstrbq_s8(window[3 * row + col], vldrbq_z_s8(x + row * call->input_row + col * tap, lanes));
        }
    }
    if (block->has_lowest) {
        return mcu_depthwise_any_mve((const int8_t(*)[16])window, block);
    }
    return mcu_depthwise_nine_mve(window[0], 16, 16, block);
}

/* One pixel, or two that are neighbours; left: its first column of the input; rows: the kernel's inside the input. */
static __attribute__((noinline)) void mcu_depthwise_pixel_mve(const mcu_depthwise_call_mve *call,
                                                              const mcu_depthwise_block_mve *block, const int8_t *x,
                                                              int32_t left, mcu_taps rows, int32_t together, int8_t *y)
{
    const int32_t tap = call->input->c;
    const mcu_taps cols = {mcu_max(-left, 0), mcu_min(call->input->w - left, 3)};
    const int32_t covered = cols.end - cols.begin;
    const int is_simple = rows.end - rows.begin == 3 && !block->has_lowest && call->channels * together == 16;
    mcu_accumulators_mve acc;
    int8x16_t bytes;

    if (is_simple && covered == 3) {
        acc = mcu_depthwise_nine_mve(x, tap, call->down, block);
    } else if (is_simple && covered == 2) {
        acc = mcu_depthwise_six_mve(x + cols.begin * tap, tap, call->down + tap, cols.begin, block);
    } else {
        acc = mcu_depthwise_copied_mve(call, block, x, rows, cols);
    }
    if (block->is_plain) {
        bytes = mcu_depthwise_output_mve(&acc, block, call->clamp, 1);
    } else {
        bytes = mcu_depthwise_output_mve(&acc, block, call->clamp, 0);
    }
    vstrbq_p_s8(y, bytes, vctp8q((uint32_t)(call->channels * together)));
}

/* One output row. x: row `top` of the input, wherever that lies; rows: the kernel's inside the input. */
static inline void mcu_depthwise_row_mve(const mcu_depthwise_call_mve *call, const mcu_depthwise_block_mve *block,
                                         const int8_t *x, mcu_taps rows, int8_t *y)
{
    const int32_t tap = call->input->c;
    const int is_simple =
        rows.end - rows.begin == 3 && !block->has_lowest && call->channels * call->together == 16;
    int32_t left = -call->params->padding.w;
    int32_t pixels;

    for (int32_t out_col = 0; out_col < call->output->w; out_col += pixels) {
        const int is_inside =
            is_simple && out_col >= call->inside.begin && out_col + call->together <= call->inside.end;

        pixels = is_inside ? call->together : 1;
        if (is_inside && block->is_plain) {
            const int32_t count = call->together == 1 ? call->inside.end - out_col : (call->inside.end - out_col) / 2;
            pixels *= count;
            mcu_depthwise_plain_mve(x + left * tap, tap, call->down, call->next, count, block, y, call->together * tap);
        } else {
            mcu_depthwise_pixel_mve(call, block, x + left * tap, left, rows, pixels, y);
        }
        left += pixels * call->params->stride.w;
        y += pixels * tap;
    }
}

static inline void mcu_depthwise_3x3_mve(const cmsis_nn_dw_conv_params *dw_conv_params,
                                         const cmsis_nn_per_channel_quant_params *quant_params,
                                         const cmsis_nn_dims *input_dims, const int8_t *x, const int8_t *weights,
                                         const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    mcu_depthwise_block_mve block;
    mcu_depthwise_call_mve call;

    mcu_set_call_mve(&call, dw_conv_params, input_dims, output_dims);
    for (int32_t next_ch = 0; next_ch < input_ch; next_ch += 16) {
        const int32_t ch = mcu_min(next_ch, input_ch - call.channels);
        const int8_t *x_batch = x + ch;
        int8_t *y_row = y + ch;

        mcu_set_block_mve(&block, weights, input_ch, dw_conv_params->input_offset, bias, quant_params, ch,
                          (uint32_t)call.channels, call.clamp);
        for (int32_t batch = 0; batch < input_dims->n; ++batch, x_batch += input_dims->h * call.input_row) {
            for (int32_t out_row = 0; out_row < output_dims->h; ++out_row, y_row += output_dims->w * input_ch) {
                const int32_t top = out_row * dw_conv_params->stride.h - dw_conv_params->padding.h;
                const mcu_taps rows = mcu_taps_inside(top, 1, 3, input_dims->h);
                mcu_depthwise_row_mve(&call, &block, x_batch + top * call.input_row, rows, y_row);
            }
        }
    }
}

#endif
