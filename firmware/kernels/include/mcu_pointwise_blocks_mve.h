/* 1x1 convolution with Helium of any depth, four output channels of all pixels at a time.
 *
 * Register blocking: three pixels by two filters, six accumulators in core registers; five loads serve six times 16
 * products. Two pairs of filters make the lanes of requantization. Pixels that are left over take four filters each.
 * Loops with tail predication take any depth.
 */
#ifndef MCU_POINTWISE_BLOCKS_MVE_H
#define MCU_POINTWISE_BLOCKS_MVE_H

#include "mcu_filters_mve.h"
#include "mcu_products_mve.h"

/* back: depth rounded up to 16, which is how far a loop moves addresses. forward: from there to the next two filters. */
typedef struct {
    int32_t depth;
    int32_t back;
    int32_t forward;
} mcu_depth_mve;

typedef struct {
    int32x4_t pixels[3];
} mcu_block_mve;

#define MCU_BLOCK_PAIR(label, pixel_0, pixel_1, pixel_2)                                                               \
    "ldr %[a0], %[depth]\n dlstp.8 lr, %[a0]\n movs %[a0], #0\n mov %[a1], %[a0]\n mov %[a2], %[a0]\n"          \
    "mov %[a3], %[a0]\n mov %[a4], %[a0]\n mov %[a5], %[a0]\n" label ":\n"                                             \
    "vldrb.8 q3, [%[w0]], #16\n vldrb.8 q5, [%[x0]], #16\n vmladava.s8 %[a0], q3, q5\n"                                \
    "vldrb.8 q4, [%[w1]], #16\n vmladava.s8 %[a1], q4, q5\n"                                                           \
    "vldrb.8 q6, [%[x1]], #16\n vmladava.s8 %[a2], q3, q6\n vmladava.s8 %[a3], q4, q6\n"                               \
    "vldrb.8 q7, [%[x2]], #16\n vmladava.s8 %[a4], q3, q7\n vmladava.s8 %[a5], q4, q7\n"                               \
    "letp lr, " label "b\n"                                                                                            \
    "vmov " pixel_0 ", %[a0], %[a1]\n vmov " pixel_1 ", %[a2], %[a3]\n vmov " pixel_2 ", %[a4], %[a5]\n"

/* Sums of products of three pixels, `step` elements apart, and four filters. The lengths are operands in memory: there
 * are no registers left. */
static inline mcu_block_mve mcu_three_pixels_mve(const int8_t *x, int32_t step, const int8_t *weights,
                                                 mcu_depth_mve lengths)
{
    const int8_t *x_1 = x + step;
    const int8_t *x_2 = x_1 + step;
    const int8_t *weights_1 = weights + lengths.depth;
    register int32x4_t pixel_0 __asm__("q0");
    register int32x4_t pixel_1 __asm__("q1");
    register int32x4_t pixel_2 __asm__("q2");
    int32_t acc_0;
    int32_t acc_1;
    int32_t acc_2;
    int32_t acc_3;
    int32_t acc_4;
    int32_t acc_5;

    __asm__ volatile(MCU_BLOCK_PAIR("1", "d0", "d2", "d4")
                     "ldr %[a0], %[back]\n subs %[x0], %[x0], %[a0]\n subs %[x1], %[x1], %[a0]\n"
                     "subs %[x2], %[x2], %[a0]\n"
                     "ldr %[a0], %[forward]\n add %[w0], %[w0], %[a0]\n add %[w1], %[w1], %[a0]\n"
                     MCU_BLOCK_PAIR("2", "d1", "d3", "d5")
                     : [x0] "+&r"(x), [x1] "+&r"(x_1), [x2] "+&r"(x_2), [w0] "+&r"(weights), [w1] "+&r"(weights_1),
                       [a0] "=&Te"(acc_0), [a1] "=&Te"(acc_1), [a2] "=&Te"(acc_2), [a3] "=&Te"(acc_3),
                       [a4] "=&Te"(acc_4), [a5] "=&Te"(acc_5), "=&w"(pixel_0), "=&w"(pixel_1), "=&w"(pixel_2)
                     : [depth] "m"(lengths.depth), [back] "m"(lengths.back), [forward] "m"(lengths.forward)
                     : "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory");
    {
        const mcu_block_mve block = {{pixel_0, pixel_1, pixel_2}};
        return block;
    }
}

/* acc without bias to the output of four channels. tables: bias, multiplier, shift. */
static inline void mcu_store_four_mve(const mcu_filters_mve *filters, int32x4_t acc, const int32x4_t tables[3],
                                      int8_t *y)
{
    acc = vaddq_s32(acc, tables[0]);
    if (filters->is_plain) {
        vstrbq_s32(y, mcu_rescale_mve(acc, tables[1], tables[2], filters->output, 1));
    } else {
        vstrbq_s32(y, mcu_rescale_mve(acc, tables[1], tables[2], filters->output, 0));
    }
}

/* Output channels [ch, ch + 4) of all pixels. */
static inline void mcu_four_channels_mve(const mcu_filters_mve *filters, int32_t ch, const int8_t *x, int32_t step,
                                         int32_t pixels, const int32x4_t tables[3], int8_t *y)
{
    const int32_t depth = filters->depth;
    const int8_t *weights = filters->weights + ch * depth;
    const int32_t back = 16 * filters->chunks;
    const mcu_depth_mve lengths = {depth, back, 2 * depth - back};

    for (; pixels >= 3; pixels -= 3, x += 3 * step) {
        const mcu_block_mve block = mcu_three_pixels_mve(x, step, weights, lengths);

        for (int32_t pixel = 0; pixel < 3; ++pixel, y += filters->output_ch) {
            mcu_store_four_mve(filters, block.pixels[pixel], tables, y);
        }
    }
    for (; pixels > 0; --pixels, x += step, y += filters->output_ch) {
        int32_t acc[4] = {0, 0, 0, 0};

        mcu_add_products_mve(x, weights, depth, depth, acc);
        mcu_store_four_mve(filters, mcu_lanes_mve(acc), tables, y);
    }
}

#endif
