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
    for (int32_t row = 0; row < block->plan.rows; ++row, x += block->plan.x_row, y += block->plan.y_row) {
        int32_t pixels;

        for (int32_t col = cols.begin; col < cols.end; col += pixels) {
            const int32_t left = col * params->stride.w - params->padding.w;
            const int is_inside = left >= 0 && left + 2 + call.together <= input->w && col + call.together <= cols.end;

            pixels = is_inside && call.is_direct ? call.together : 1;
            mcu_depthwise_pixel_mve(&call, block, x + left * tap, left, pixels, y + col * tap);
        }
    }
}

/* Fewer than 16 channels fill up 16 lanes in the queue, in their order: all of them twice if two pixels are taken
 * together, the last one again and again otherwise. */
static __attribute__((noinline)) void mcu_spread_channels_mve(int32_t channels, int32_t together,
                                                              mcu_depthwise_block_mve *block)
{
    const int8_t *from = block->queue.weights;
    int8_t *weights = block->weights[0];
    int32_t *to = block->tables.multiplier;
    uint32_t lane = 0;

    __asm__ volatile("vidup.u8 q0, %[lane], #1\n vdup.8 q1, %[mask]\n vand q0, q0, q1\n"
                     "vdup.8 q1, %[last]\n vmin.u8 q1, q0, q1\n dls lr, %[taps]\n"
                     "1:\n vldrb.u8 q0, [%[from], q1]\n add %[from], %[from], %[channels]\n"
                     "vstrb.8 q0, [%[to]], #16\n le lr, 1b\n"
                     : [from] "+&r"(from), [to] "+&r"(weights), [lane] "+&Te"(lane)
                     : [channels] "r"(channels), [mask] "r"(together == 2 ? 7 : 15), [last] "r"(channels - 1),
                       [taps] "r"(9)
                     : "q0", "q1", "lr", "memory");
    lane = 0;
    if (together == 2) {
        __asm__ volatile("vldmia %[multiplier], {d0-d3}\n vstmia %[to]!, {d0-d3}\n vstmia %[to]!, {d0-d3}\n"
                         "vldmia %[shift], {d0-d3}\n vstmia %[to]!, {d0-d3}\n vstmia %[to]!, {d0-d3}\n"
                         "vldmia %[bias], {d0-d3}\n vstmia %[to]!, {d0-d3}\n vstmia %[to]!, {d0-d3}\n"
                         : [to] "+&r"(to)
                         : [bias] "r"(block->queue.bias), [multiplier] "r"(block->queue.multiplier),
                           [shift] "r"(block->queue.shift)
                         : "q0", "q1", "memory");
    } else {
        __asm__ volatile("vdup.32 q1, %[last]\n dls lr, %[quads]\n"
                         "1:\n vidup.u32 q2, %[lane], #1\n vmin.u32 q2, q2, q1\n"
                         "vldrw.u32 q3, [%[shift], q2, uxtw #2]\n vstrw.32 q3, [%[to], #64]\n"
                         "vldrw.u32 q3, [%[bias], q2, uxtw #2]\n vstrw.32 q3, [%[to], #128]\n"
                         "vldrw.u32 q3, [%[multiplier], q2, uxtw #2]\n vstrw.32 q3, [%[to]], #16\n le lr, 1b\n"
                         : [to] "+&r"(to), [lane] "+&Te"(lane)
                         : [bias] "r"(block->queue.bias), [multiplier] "r"(block->queue.multiplier),
                           [shift] "r"(block->queue.shift), [last] "r"(channels - 1), [quads] "r"(4)
                         : "q1", "q2", "q3", "lr", "memory");
    }
    block->queue.multiplier = block->tables.multiplier;
    block->queue.shift = block->tables.shift;
    block->queue.bias = block->tables.bias[0];
    block->queue.weights = block->weights[0];
    block->queue.pitch = 16;
}

/* Plans the rows of a call, but for where they lie. Returns whether the assembly can take them: there is at most one
 * column of padding on either side, and windows between, which fill all lanes. */
static inline int mcu_plan_columns_mve(const cmsis_nn_dw_conv_params *params, const cmsis_nn_dims *input,
                                       const cmsis_nn_dims *output, int32_t together, mcu_depthwise_block_mve *block)
{
    const int32_t tap = input->c;
    const int32_t left = params->padding.w;
    const int32_t beyond = (output->w - 1) * params->stride.w - left + 3 - input->w;
    const int32_t right = mcu_max(beyond, 0);
    const int32_t pixels = output->w - left - right;

    block->plan.left = left;
    block->plan.left_mask = 0xffff;
    block->plan.back = 0;
    block->plan.count = pixels;
    block->plan.right = right;
    block->plan.right_mask = 0xffff;
    block->plan.before = 0;
    block->plan.y_step = tap;
    block->plan.steps.tap = tap;
    block->plan.y_row = output->w * tap;
    if (together == 2) {
        block->plan.left_mask = 0x00ff;
        block->plan.back = tap;
        block->plan.count = pixels / 2;
        block->plan.right_mask = 0xff00;
        block->plan.before = (1 - pixels % 2) * tap;
        block->plan.y_step = 2 * tap;
    }
    return ((1 - left) | (1 - beyond) | (pixels - 1) | (together * tap - 16)) >= 0; /* none is negative */
}

/* Plans output rows with the same kernel rows inside the input, of those that are left: the first one has its kernel
 * from row `top` of the input on. */
static inline void mcu_plan_rows_mve(const cmsis_nn_dw_conv_params *params, const cmsis_nn_dims *input,
                                     int32_t input_row, int32_t top, int32_t rows_left, int32_t least_shift,
                                     mcu_depthwise_block_mve *block)
{
    const int32_t tap = input->c;
    const int32_t beyond = top + 3 - input->h;
    mcu_taps rows = {0, 3};
    int32_t down = input_row - 2 * tap;
    int32_t below = down;

    block->plan.rows = 1;
    if (top < 0 || beyond > 0) { /* a row in padding lies where the nearest one does that is not */
        rows.begin = mcu_min(mcu_max(-top, 0), 3);
        rows.end = mcu_max(mcu_min(3 - beyond, 3), rows.begin);
        down = rows.begin == 0 && rows.end > 1 ? down : -2 * tap;
        below = rows.begin <= 1 && rows.end == 3 ? below : -2 * tap;
        least_shift = rows.begin < rows.end ? least_shift : 1;
    } else if (rows_left > 1) {
        block->plan.rows = mcu_min(-beyond / params->stride.h + 1, rows_left);
    }
    block->queue.rows = rows;
    block->queue.least_shift = least_shift;
    block->plan.steps.down = down;
    block->plan.steps.below = below;
    block->plan.next = params->stride.w * block->plan.y_step - 6 * tap - down - below;
}

/* Takes all blocks of the queue. */
static inline void mcu_take_blocks_mve(const cmsis_nn_dw_conv_params *params, const cmsis_nn_dims *input,
                                       const cmsis_nn_dims *output, int32_t together, mcu_depthwise_block_mve *block)
{
    do {
        mcu_depthwise_plain_mve(block);
        if (block->queue.left > 0) {
            const mcu_taps all = {0, output->w};

            mcu_depthwise_pixels_mve(params, input, all, block);
            block->queue.x += 16;
            block->queue.y += 16;
            --block->queue.left;
        } else if (together == 2) {
            const int32_t end = output->w - block->plan.right;
            const mcu_taps single = {block->plan.left + 2 * block->plan.count, end};

            if (single.begin < end) { /* a pixel without its neighbour */
                block->queue.smallest_weight = 0;
                block->queue.x -= 16;
                block->queue.y -= 16;
                mcu_depthwise_pixels_mve(params, input, single, block);
            }
        }
    } while (block->queue.left > 0);
}

static inline __attribute__((always_inline)) void
mcu_depthwise_3x3_mve(const cmsis_nn_dw_conv_params *params, const cmsis_nn_per_channel_quant_params *quant,
                      const cmsis_nn_dims *input, const int8_t *x, const int8_t *weights, const int32_t *bias,
                      const cmsis_nn_dims *output, int8_t *y)
{
    const int32_t tap = input->c;
    const int32_t input_row = input->w * tap;
    const int32_t together = mcu_together_mve(params, input);
    int32_t image = 0;
    int32_t row = 0;
    mcu_depthwise_block_mve block;
    const int is_planned = mcu_plan_columns_mve(params, input, output, together, &block);
    const int32_t least_shift = is_planned && mcu_may_be_plain_mve(params) ? INT32_MIN : 1;

    block.plan.x_row = params->stride.h * input_row;
    block.queue.input_offset = params->input_offset;
    do {
        const int32_t top = row * params->stride.h - params->padding.h;
        int32_t again = -tap & 15; /* channels of the last block that the one before it has too */

        mcu_plan_rows_mve(params, input, input_row, top, output->h - row, least_shift, &block);
        block.queue.multiplier = quant->multiplier;
        block.queue.shift = quant->shift;
        block.queue.bias = bias;
        block.queue.weights = weights;
        block.queue.pitch = tap;
        block.queue.x = x + (top + block.queue.rows.begin) * input_row - params->padding.w * tap;
        block.queue.y = y;
        block.queue.left = (int32_t)((uint32_t)tap / 16);
        if (tap < 16) {
            mcu_spread_channels_mve(tap, together, &block);
            block.queue.left = 1;
            again = 0;
        }
        for (;; again = 0) {
            mcu_take_blocks_mve(params, input, output, together, &block);
            if (again == 0) {
                break;
            }
            block.queue.multiplier -= again;
            block.queue.shift -= again;
            block.queue.bias -= again;
            block.queue.weights -= again;
            block.queue.x -= again;
            block.queue.y -= again;
            block.queue.left = 1;
        }
        y += block.plan.rows * block.plan.y_row;
        row += block.plan.rows;
        if (row >= output->h) {
            row = 0;
            ++image;
            x += input->h * input_row;
        }
    } while (image < input->n);
}

#endif
