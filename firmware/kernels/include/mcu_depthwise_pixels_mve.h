/* Pixels of a 3x3 depthwise convolution with Helium one by one, or by twos, whose windows may reach beyond the input in
 * any way. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_DEPTHWISE_PIXELS_MVE_H
#define MCU_DEPTHWISE_PIXELS_MVE_H

#include "mcu_depthwise_products_mve.h"

/* What output rows share that are taken pixel by pixel. is_direct: products are straight from the input: all 16 lanes
 * are in use, and no two products are of -128, whose sum would need 17 bits. */
typedef struct {
    const cmsis_nn_dw_conv_params *params;
    const cmsis_nn_dims *input;
    int32_t channels; /* of a block */
    int32_t together; /* neighbouring pixels in 16 lanes */
    int32_t input_row;
    mcu_taps rows; /* of the kernel, inside the input */
    mcu_depthwise_steps_mve steps;
    int is_plain;
    int is_direct;
} mcu_depthwise_call_mve;

/* Neighbouring pixels in 16 lanes. */
static inline int32_t mcu_together_mve(const cmsis_nn_dw_conv_params *params, const cmsis_nn_dims *input)
{
    return input->c == 8 && params->stride.w == 1 ? 2 : 1;
}

static inline int mcu_may_be_plain_mve(const cmsis_nn_dw_conv_params *params)
{
    const mcu_output_mve output = {params->output_offset, params->activation.min, params->activation.max};
    return mcu_is_plain_mve(output, 0);
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
        acc.lanes[i] = vldrwq_s32(block->tables.bias[0] + 4 * i);
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
    const int is_direct = call->is_direct && together == call->together;
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
    if (call->is_plain) {
        bytes = mcu_depthwise_output_mve(&acc, &block->tables, output, 1);
    } else {
        bytes = mcu_depthwise_output_mve(&acc, &block->tables, output, 0);
    }
    vstrbq_p_s8(y, bytes, vctp8q((uint32_t)(call->channels * together)));
}

/* Output columns `cols` of the planned rows, one by one or by twos, of the block that the queue prepared last. Their
 * windows may reach beyond the input in any way. */
static __attribute__((noinline)) void mcu_depthwise_pixels_mve(const cmsis_nn_dw_conv_params *params,
                                                               const cmsis_nn_dims *input, mcu_taps cols,
                                                               const mcu_depthwise_block_mve *block)
{
    const int32_t tap = input->c;
    const mcu_taps rows = block->queue.rows;
    int32_t largest_shift = INT32_MIN;
    mcu_depthwise_call_mve call;
    const int8_t *x;
    int8_t *y = block->queue.y;

    for (int32_t i = 0; i < 16; i += 4) {
        largest_shift = vmaxvq_s32(largest_shift, vldrwq_s32(block->tables.shift + i));
    }
    call.params = params;
    call.input = input;
    call.channels = mcu_min(tap, 16);
    call.together = mcu_together_mve(params, input);
    call.input_row = input->w * tap;
    call.rows = rows;
    call.steps = block->plan.steps;
    call.is_plain = largest_shift <= 0 && mcu_may_be_plain_mve(params);
    call.is_direct =
        call.channels * call.together == 16 && block->queue.smallest_weight != -128 && rows.begin < rows.end;
    x = block->queue.x + params->padding.w * tap - rows.begin * call.input_row;
    for (int32_t row = 0; row < block->plan.rows; ++row) {
        int32_t pixels;

        for (int32_t col = cols.begin; col < cols.end; col += pixels) {
            const int32_t left = col * params->stride.w - params->padding.w;
            const int is_inside = left >= 0 && left + 2 + call.together <= input->w && col + call.together <= cols.end;

            pixels = is_inside && call.is_direct ? call.together : 1;
            mcu_depthwise_pixel_mve(&call, block, x + left * tap, left, pixels, y + col * tap);
        }
        x += params->stride.h * call.input_row;
        y += block->plan.y_row;
    }
}

#endif
