/* 3x3 depthwise convolution with Helium. Only for cores with __ARM_FEATURE_MVE.
 *
 * Output rows go in groups: those of an image whose windows lie inside the input from top to bottom are one, a row at
 * the top or bottom border is one by itself. A group takes block after block of 16 channels, whose constants are
 * prepared once for all its rows. The last 16 channels overlap those before them, where the count is no multiple of 16.
 * Exactly eight channels, with stride 1, are taken as 16 of two neighbouring pixels. Calls may be as small as one row:
 * what they plan is little, and assembly goes from block to block.
 *
 * Pixels at the left and right border take six products. The assembly leaves to mcu_depthwise_pixels_mve.h the calls
 * with more padding, with fewer than 16 channels or without a pixel between the borders, blocks that are not plain or
 * have a weight of -128 in an odd tap, and of eight channels the pixel without a neighbour. There a window is copied
 * first if fewer than two of its columns or none of its rows lie inside the input, if fewer than 16 lanes are in use,
 * or if the block has such a weight.
 */
#ifndef MCU_DEPTHWISE_MVE_H
#define MCU_DEPTHWISE_MVE_H

#include "mcu_depthwise_pixels_mve.h"
#include "mcu_depthwise_products_mve.h"

/* A table of eight channels twice. */
#define MCU_DW_TWICE(from) "vldmia %[" from "], {d0-d3}\n vstmia %[to]!, {d0-d3}\n vstmia %[to]!, {d0-d3}\n"

/* Fewer than 16 channels fill up 16 lanes in the queue, in their order: eight of them twice if two pixels are taken
 * together, the last one again and again otherwise. */
static __attribute__((noinline)) void mcu_spread_channels_mve(int32_t channels, int32_t together,
                                                              mcu_depthwise_block_mve *block)
{
    const int8_t *from = block->queue.weights;
    int8_t *weights = block->weights[0];
    int32_t *to = block->tables.multiplier;

    if (together == 2) {
        __asm__ volatile("dls lr, %[taps]\n"
                         "1:\n vldrb.u16 q0, [%[from]], #8\n vstrb.16 q0, [%[weights]], #8\n"
                         "vstrb.16 q0, [%[weights]], #8\n le lr, 1b\n"
                         MCU_DW_TWICE("multiplier") MCU_DW_TWICE("shift") MCU_DW_TWICE("bias")
                         : [from] "+&l"(from), [weights] "+&l"(weights), [to] "+&r"(to)
                         : [bias] "r"(block->queue.bias), [multiplier] "r"(block->queue.multiplier),
                           [shift] "r"(block->queue.shift), [taps] "r"(9)
                         : "q0", "q1", "lr", "memory");
    } else {
        uint32_t lane = 0;

        __asm__ volatile("vidup.u8 q0, %[lane], #1\n vdup.8 q1, %[last]\n vmin.u8 q1, q0, q1\n dls lr, %[taps]\n"
                         "1:\n vldrb.u8 q0, [%[from], q1]\n add %[from], %[from], %[channels]\n"
                         "vstrb.8 q0, [%[weights]], #16\n le lr, 1b\n"
                         "vdup.32 q1, %[last]\n movs %[lane], #0\n dls lr, %[quads]\n"
                         "2:\n vidup.u32 q2, %[lane], #1\n vmin.u32 q2, q2, q1\n"
                         "vldrw.u32 q3, [%[shift], q2, uxtw #2]\n vstrw.32 q3, [%[to], #64]\n"
                         "vldrw.u32 q3, [%[bias], q2, uxtw #2]\n vstrw.32 q3, [%[to], #128]\n"
                         "vldrw.u32 q3, [%[multiplier], q2, uxtw #2]\n vstrw.32 q3, [%[to]], #16\n le lr, 2b\n"
                         : [from] "+&r"(from), [weights] "+&r"(weights), [to] "+&r"(to), [lane] "+&Te"(lane)
                         : [bias] "r"(block->queue.bias), [multiplier] "r"(block->queue.multiplier),
                           [shift] "r"(block->queue.shift), [channels] "r"(channels), [last] "r"(channels - 1),
                           [taps] "r"(9), [quads] "r"(4)
                         : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
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

    block->plan.rows = 1; /* where x_row does not matter */
    if (top < 0 || beyond > 0) { /* a row in padding lies where the nearest one does that is not */
        rows.begin = mcu_min(mcu_max(-top, 0), 3);
        rows.end = mcu_max(mcu_min(3 - beyond, 3), rows.begin);
        down = rows.begin == 0 && rows.end > 1 ? down : -2 * tap;
        below = rows.begin <= 1 && rows.end == 3 ? below : -2 * tap;
        least_shift = rows.begin < rows.end ? least_shift : 1;
    } else if (rows_left > 1) {
        block->plan.rows = mcu_min(-beyond / params->stride.h + 1, rows_left);
        block->plan.x_row = params->stride.h * input_row;
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

            if (single.begin < end) { /* a pixel without its neighbour, of the block just taken */
                block->queue.smallest_weight = 0; /* not known, nor needed: one pixel of two is copied */
                block->queue.x -= 16;
                block->queue.y -= 16;
                mcu_depthwise_pixels_mve(params, input, single, block);
            }
        }
    } while (block->queue.left > 0);
}

/* arm_depthwise_conv_3x3_s8 of at least one image and output row. */
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
