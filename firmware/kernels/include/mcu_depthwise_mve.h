/* 3x3 depthwise convolution with Helium. Only for cores with __ARM_FEATURE_MVE.
 *
 * 16 channels at a time for all rows of a call, so that their constants are prepared once for those that lie inside the
 * input, and once more at the top and bottom border. Pixels at the left and right border take six products; in other
 * padding, and where there are fewer than 16 channels, the window is copied first. Exactly eight channels, with stride
 * 1, are taken as 16 of two neighbouring pixels. The last 16 channels overlap those before them, where the count is no
 * multiple of 16.
 */
#ifndef MCU_DEPTHWISE_MVE_H
#define MCU_DEPTHWISE_MVE_H

#include "mcu_depthwise_block_mve.h"
#include "mcu_depthwise_products_mve.h"

static inline void mcu_set_call_mve(mcu_depthwise_call_mve *call, const cmsis_nn_dw_conv_params *params,
                                    const cmsis_nn_per_channel_quant_params *quant, const cmsis_nn_dims *input,
                                    const int8_t *weights, const int32_t *bias, const cmsis_nn_dims *output)
{
    const mcu_output_mve clamp = {params->output_offset, params->activation.min, params->activation.max};
    const int32_t stride = params->stride.w;
    const int32_t padding = params->padding.w;

    call->params = params;
    call->quant = quant;
    call->input = input;
    call->output = output;
    call->weights = weights;
    call->bias = bias;
    call->channels = mcu_min(input->c, 16);
    call->together = input->c == 8 && stride == 1 ? 2 : 1;
    call->input_row = input->w * input->c;
    call->inside.begin = (padding + stride - 1) / stride;
    call->inside.end = mcu_min((input->w - 3 + padding + stride) / stride, output->w);
    call->has_edges = padding <= 1 && call->inside.begin < call->inside.end && output->w - call->inside.end <= 1 &&
                      (output->w - 1) * stride - padding + 2 <= input->w;
    call->may_be_plain = mcu_is_plain_mve(clamp, 0);
    call->steps.tap = input->c;
}

/* Turns to output row out_row and those behind it with the same kernel rows inside the input; returns their end. */
static inline int32_t mcu_set_rows_mve(mcu_depthwise_call_mve *call, int32_t out_row)
{
    const int32_t stride = call->params->stride.h;
    const mcu_taps rows = mcu_taps_inside(out_row * stride - call->params->padding.h, 1, 3, call->input->h);
    const int32_t last_top = call->input->h - 3 + call->params->padding.h;

    call->rows = rows;
    call->may_be_direct = rows.begin < rows.end && call->channels * call->together == 16;
    call->steps.down = (rows.begin <= 0 && rows.end > 1 ? call->input_row : 0) - 2 * call->steps.tap;
    call->steps.below = (rows.begin <= 1 && rows.end > 2 ? call->input_row : 0) - 2 * call->steps.tap;
    do {
        ++out_row;
    } while (rows.end - rows.begin == 3 && out_row < call->output->h && out_row * stride <= last_top);
    return out_row;
}

static inline void mcu_widen_mve(mcu_accumulators_mve *acc, int16x8_t even, int16x8_t odd)
{
    acc->lanes[0] = vaddq_s32(acc->lanes[0], vmovlbq_s16(even));
    acc->lanes[1] = vaddq_s32(acc->lanes[1], vmovlbq_s16(odd));
    acc->lanes[2] = vaddq_s32(acc->lanes[2], vmovltq_s16(even));
    acc->lanes[3] = vaddq_s32(acc->lanes[3], vmovltq_s16(odd));
}

static inline void mcu_add_one_mve(mcu_accumulators_mve *acc, int8x16_t x, int8x16_t weights)
{
    mcu_widen_mve(acc, vmullbq_int_s8(x, weights), vmulltq_int_s8(x, weights));
}

/* Nine products of a copied window, each widened: for any weights. */
static __attribute__((noinline)) mcu_accumulators_mve mcu_depthwise_widened_mve(const int8_t window[9][16],
                                                                            const mcu_depthwise_block_mve *block)
{
    mcu_accumulators_mve acc;

    for (int i = 0; i < 4; ++i) {
        acc.lanes[i] = vldrwq_s32(block->bias[0] + 4 * i);
    }
#pragma GCC unroll 1
    for (int32_t i = 0; i < 9; ++i) {
        mcu_add_one_mve(&acc, vldrbq_s8(window[i]), vldrbq_s8(block->weights[i]));
    }
    return acc;
}

/* A pixel's accumulators by way of a copy of its window, where padding is the input's zero; x: the tap at (0, 0). */
static inline mcu_accumulators_mve mcu_depthwise_copied_mve(const mcu_depthwise_call_mve *call,
                                                            const mcu_depthwise_block_mve *block, const int8_t *x,
                                                            mcu_taps rows, mcu_taps cols)
{
    const mve_pred16_t lanes = vctp8q((uint32_t)call->channels);
    const int8x16_t zero = vdupq_n_s8((int8_t)-call->params->input_offset);
    const int32_t tap = call->steps.tap;
    int8_t window[9][16];

    for (int32_t i = 0; i < 9; ++i) {
        vstrbq_s8(window[i], zero);
    }
    for (int32_t row = rows.begin; row < rows.end; ++row) {
        for (int32_t col = cols.begin; col < cols.end; ++col) {
            vstrbq_s8(window[3 * row + col], vldrbq_z_s8(x + row * call->input_row + col * tap, lanes));
        }
    }
    return mcu_depthwise_widened_mve((const int8_t(*)[16])window, block);
}

/* One pixel, or two that are neighbours; x: the tap at (0, 0); left: its column of the input. */
static __attribute__((noinline)) void mcu_depthwise_pixel_mve(const mcu_depthwise_call_mve *call,
                                                              const mcu_depthwise_block_mve *block, const int8_t *x,
                                                              int32_t left, int32_t together, int8_t *y)
{
    const int32_t tap = call->steps.tap;
    const mcu_taps cols = {mcu_max(-left, 0), mcu_min(call->input->w - left, 3)};
    const int32_t covered = cols.end - cols.begin;
    const int8_t *x_inside = x + call->rows.begin * call->input_row + cols.begin * tap;
    const int is_direct = block->is_direct && together == call->together;
    const mcu_output_mve output = {call->params->output_offset, call->params->activation.min,
                                   call->params->activation.max};
    mcu_accumulators_mve acc;
    int8x16_t bytes;

    if (is_direct && covered == 3) {
        acc = mcu_depthwise_nine_mve(x_inside, call->steps, block);
    } else if (is_direct && covered == 2) {
        acc = mcu_depthwise_six_mve(x_inside, call->steps, cols.begin, block);
    } else {
        acc = mcu_depthwise_copied_mve(call, block, x, call->rows, cols);
    }
    if (block->is_plain) {
        bytes = mcu_depthwise_output_mve(&acc, block, output, 1);
    } else {
        bytes = mcu_depthwise_output_mve(&acc, block, output, 0);
    }
    vstrbq_p_s8(y, bytes, vctp8q((uint32_t)(call->channels * together)));
}

/* Output columns [begin, end) of a row, one by one or by twos. x: row `top` of the input, wherever that lies. */
static inline void mcu_depthwise_columns_mve(const mcu_depthwise_call_mve *call, const mcu_depthwise_block_mve *block,
                                             const int8_t *x, int32_t begin, int32_t end, int8_t *y)
{
    const int32_t tap = call->steps.tap;

    while (begin < end) {
        const int32_t left = begin * call->params->stride.w - call->params->padding.w;
        const int is_inside = begin >= call->inside.begin && begin + call->together <= call->inside.end;
        const int32_t pixels = is_inside && block->is_direct ? call->together : 1;

        mcu_depthwise_pixel_mve(call, block, x + left * tap, left, pixels, y + begin * tap);
        begin += pixels;
    }
}

/* The plan of plain rows in a call that has edges, but for where they lie. */
static inline void mcu_plan_rows_mve(const mcu_depthwise_call_mve *call, mcu_depthwise_rows_mve *plan)
{
    const int32_t tap = call->steps.tap;
    const int32_t pixels = call->inside.end - call->inside.begin;
    const int32_t single = pixels % call->together;

    plan->left = call->inside.begin;
    plan->left_mask = 0xffffu >> (8 * (call->together - 1));
    plan->back = (call->together - 1) * tap;
    plan->count = pixels / call->together;
    plan->right = call->output->w - call->inside.end;
    plan->right_mask = 0xffffu << (8 * (call->together - 1));
    plan->before = (call->together - 1 - single) * tap;
    plan->x_row = call->params->stride.h * call->input_row;
    plan->y_row = call->output->w * tap;
}

/* `rows` > 0 output rows of a block that is plain and direct, in a call that has edges; x: as below. */
static inline void mcu_depthwise_plain_rows_mve(const mcu_depthwise_call_mve *call, mcu_depthwise_block_mve *block,
                                                const int8_t *x, int32_t rows, int8_t *y)
{
    const int32_t tap = call->steps.tap;
    const int32_t end = call->inside.end;

    block->plan.rows = rows;
    block->plan.x = x + call->rows.begin * call->input_row - call->params->padding.w * tap;
    block->plan.y = y;
    mcu_depthwise_plain_mve(block, call->steps, call->together * call->params->stride.w * tap, call->together * tap);
    for (; (end - call->inside.begin) % call->together != 0 && rows > 0; --rows) { /* a pixel without its neighbour */
        mcu_depthwise_columns_mve(call, block, x, end - 1, end, y);
        x += block->plan.x_row;
        y += block->plan.y_row;
    }
}

/* `rows` > 0 output rows of a block; x: row `top` of the input for the first, wherever that lies. */
static inline void mcu_depthwise_block_rows_mve(const mcu_depthwise_call_mve *call, mcu_depthwise_block_mve *block,
                                                const int8_t *x, int32_t rows, int8_t *y)
{
    const int32_t down = call->params->stride.h * call->input_row;

    if (block->is_plain && block->is_direct && call->has_edges) {
        mcu_depthwise_plain_rows_mve(call, block, x, rows, y);
    } else {
        for (; rows > 0; --rows, x += down, y += call->output->w * call->steps.tap) {
            mcu_depthwise_columns_mve(call, block, x, 0, call->output->w, y);
        }
    }
}

static inline __attribute__((always_inline)) void
mcu_depthwise_3x3_mve(const cmsis_nn_dw_conv_params *dw_conv_params,
                      const cmsis_nn_per_channel_quant_params *quant_params, const cmsis_nn_dims *input_dims,
                      const int8_t *x, const int8_t *weights, const int32_t *bias, const cmsis_nn_dims *output_dims,
                      int8_t *y)
{
    const int32_t output_row = output_dims->w * input_dims->c;
    mcu_depthwise_block_mve block;
    mcu_depthwise_call_mve call;

    mcu_set_call_mve(&call, dw_conv_params, quant_params, input_dims, weights, bias, output_dims);
    mcu_plan_rows_mve(&call, &block.plan);
    for (int32_t batch = 0; batch < input_dims->n; ++batch, x += input_dims->h * call.input_row) {
        for (int32_t begin = 0; begin < output_dims->h;) {
            const int32_t end = mcu_set_rows_mve(&call, begin);

            for (int32_t next_ch = 0; next_ch < input_dims->c; next_ch += 16) {
                const int32_t ch = mcu_min(next_ch, input_dims->c - call.channels);
                const int32_t top = begin * dw_conv_params->stride.h - dw_conv_params->padding.h;

                mcu_set_block_mve(&call, ch, &block);
                mcu_depthwise_block_rows_mve(&call, &block, x + top * call.input_row + ch, end - begin, y + ch);
            }
            y += (end - begin) * output_row;
            begin = end;
        }
    }
}

#endif
