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

/* What the assembly reads of memory. Tables and clamp: for four output channels, by offset in bytes. back: depth
 * rounded up to 16, which is how far a loop moves addresses. forward: from there to the next two filters. */
typedef struct {
    int32x4_t bias;       /* 0 */
    int32x4_t multiplier; /* 16 */
    int32x4_t shift;      /* 32 */
    mcu_clamp_mve clamp;  /* 48 */
    int32_t depth;
    int32_t back;
    int32_t forward;
} mcu_block_mve;

MCU_LIES_AT(mcu_block_mve, shift, 32);
MCU_LIES_AT(mcu_block_mve, clamp, 48);
MCU_LIES_AT(mcu_block_mve, depth, 96);

#define MCU_BLOCK_PAIR(label, pixel_0, pixel_1, pixel_2)                                                               \
    "ldr %[a0], %[depth]\n dlstp.8 lr, %[a0]\n movs %[a0], #0\n mov %[a1], %[a0]\n mov %[a2], %[a0]\n"                 \
    "mov %[a3], %[a0]\n mov %[a4], %[a0]\n mov %[a5], %[a0]\n" label ":\n"                                             \
    "vldrb.8 q3, [%[w0]], #16\n vldrb.8 q5, [%[x0]], #16\n vmladava.s8 %[a0], q3, q5\n"                                \
    "vldrb.8 q4, [%[w1]], #16\n vmladava.s8 %[a1], q4, q5\n"                                                           \
    "vldrb.8 q6, [%[x1]], #16\n vmladava.s8 %[a2], q3, q6\n vmladava.s8 %[a3], q4, q6\n"                               \
    "vldrb.8 q7, [%[x2]], #16\n vmladava.s8 %[a4], q3, q7\n vmladava.s8 %[a5], q4, q7\n"                               \
    "letp lr, " label "b\n"                                                                                            \
    "vmov " pixel_0 ", %[a0], %[a1]\n vmov " pixel_1 ", %[a2], %[a3]\n vmov " pixel_2 ", %[a4], %[a5]\n"

/* Rescales the lanes `acc` and stores their bytes. q3 to q5: bias, multiplier and shift; %[offset] is -128. */
#define MCU_BLOCK_PLAIN(acc)                                                                                           \
    "vadd.i32 " acc ", " acc ", q3\n vqrdmulh.s32 " acc ", " acc ", q4\n vrshl.s32 " acc ", " acc ", q5\n"             \
    MCU_PLAIN_BYTES(acc) "vstrb.32 " acc ", [%[y]]\n add %[y], %[y], %[output_ch]\n"

/* The same for any output. q5: shift to the right, q6: to the left. */
#define MCU_BLOCK_ANY(acc)                                                                                             \
    "vadd.i32 " acc ", " acc ", q3\n vshl.s32 " acc ", " acc ", q6\n vqrdmulh.s32 " acc ", " acc ", q4\n"              \
    "vand q7, " acc ", q5\n vshr.s32 q7, q7, #31\n vqadd.s32 " acc ", " acc ", q7\n vrshl.s32 " acc ", " acc ", q5\n"  \
    "vldrw.32 q7, [%[block], #48]\n vmax.s32 " acc ", " acc ", q7\n"                                                   \
    "vldrw.32 q7, [%[block], #64]\n vmin.s32 " acc ", " acc ", q7\n"                                                   \
    "vldrw.32 q7, [%[block], #80]\n vadd.i32 " acc ", " acc ", q7\n"                                                   \
    "vstrb.32 " acc ", [%[y]]\n add %[y], %[y], %[output_ch]\n"
#define MCU_BLOCK_TABLES                                                                                               \
    "vldrw.32 q3, [%[block]]\n vldrw.32 q4, [%[block], #16]\n vldrw.32 q5, [%[block], #32]\n"
#define MCU_BLOCK_SHIFTS "vmov.i32 q7, #0\n vmax.s32 q6, q5, q7\n vmin.s32 q5, q5, q7\n"
#define MCU_BLOCK_STORE(text)                                                                                          \
    __asm__ volatile(MCU_BLOCK_TABLES text                                                                             \
                     : [y] "+&l"(y), "+&w"(pixel_0), "+&w"(pixel_1), "+&w"(pixel_2)                                    \
                     : [block] "r"(block), [output_ch] "r"(output_ch), [offset] "r"(-128)                              \
                     : "q3", "q4", "q5", "q6", "q7", "memory")

/* Four output channels of three pixels, `step` elements apart. The lengths are operands in memory: no register is left
 * for them, and inlined, none for what the caller keeps beside a frame pointer. */
static __attribute__((noinline)) void mcu_three_pixels_mve(const int8_t *x, int32_t step, const int8_t *weights,
                                                           const mcu_block_mve *block, int32_t is_plain,
                                                           int32_t output_ch, int8_t *y)
{
    const int8_t *x_1 = x + step;
    const int8_t *x_2 = x_1 + step;
    const int8_t *weights_1 = weights + block->depth;
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
                     : [depth] "m"(block->depth), [back] "m"(block->back), [forward] "m"(block->forward)
                     : "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory");
    if (is_plain) {
        MCU_BLOCK_STORE(MCU_BLOCK_PLAIN("q0") MCU_BLOCK_PLAIN("q1") MCU_BLOCK_PLAIN("q2"));
    } else {
        MCU_BLOCK_STORE(MCU_BLOCK_SHIFTS MCU_BLOCK_ANY("q0") MCU_BLOCK_ANY("q1") MCU_BLOCK_ANY("q2"));
    }
}

/* Output channels [ch, ch + 4) of all pixels. */
static inline void mcu_four_channels_mve(const mcu_filters_mve *filters, int32_t ch, const int8_t *x, int32_t step,
                                         int32_t pixels, int8_t *y)
{
    const int8_t *weights = filters->tables.weights + ch * filters->depth;
    mcu_block_mve block;

    block.bias = vldrwq_s32(filters->tables.bias + ch);
    block.multiplier = vldrwq_s32(filters->tables.multiplier + ch);
    block.shift = vldrwq_s32(filters->tables.shift + ch);
    block.clamp = mcu_clamp_of_mve(filters->output);
    block.depth = filters->depth;
    block.back = 16 * filters->chunks;
    block.forward = 2 * block.depth - block.back;
    for (; pixels >= 3; pixels -= 3, x += 3 * step, y += 3 * filters->output_ch) {
        mcu_three_pixels_mve(x, step, weights, &block, filters->is_plain, filters->output_ch, y);
    }
    for (; pixels > 0; --pixels, x += step, y += filters->output_ch) {
        int32_t acc[4];

        vstrwq_s32(acc, block.bias);
        mcu_add_products_mve(x, weights, block.depth, block.depth, acc);
        vstrbq_s32(y, mcu_rescale_mve(vldrwq_s32(acc), block.multiplier, block.shift, filters->output, 0));
    }
}

#endif
