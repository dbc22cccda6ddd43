/* 1x1 convolution with the DSP extension, inner part: output channel after output channel for 2 to 6 pixels (2 or 4
 * with -Os), products, rescaling and stores in one piece of assembly.
 *
 * r0 walks along a stream of words on the stack, r1 along the weights. The stream holds the pixels, each number twice
 * itself and widened to 16 bits, in blocks of four channels: of each pixel a word with channels 0 and 2 and one with 1
 * and 3. LDM reads up to 6 words at once, so a block of 6 pixels takes 18 instructions for 24 products, one of 5 pixels
 * 15 for 20. Accumulators: r2-r7, pixels: up to r11, weights: r12 and lr. No register is left for a counter: a word
 * between the blocks is where to go on. The last such word leads to the rescaling and to what that takes,
 * `mcu_pass_tail`.
 *
 * Accumulators are twice the sums, so SMMLAR rounds acc * multiplier / 2^31 and adds a constant at once, which is the
 * output offset and a half, shifted to the left as far as the sum then is to the right. Behind a ReLU
 * with zero point -128 only outputs above it matter, where halves are rounded up: 4 instructions an output. Else
 * negative numbers take one from the constant. (Of an accumulator that is rounded to 0 that does not matter.) */
#ifndef MCU_PASS_DSP_H
#define MCU_PASS_DSP_H

#include <stddef.h>

#include "mcu_dsp.h"
#include "mcu_fixed_point.h"

#if defined(__ARM_FEATURE_DSP)

/* What the assembly keeps behind the stream. MCU_PASS_ADD: y is int32_t sums[][4], `step` are the weights to go over
 * behind a part of a channel's, and `constant` is how many channels there are; they have blocks of 4 weights only. */
typedef struct {
    const uint32_t *channels; /* the next mcu_pass_channel */
    int8_t *y;                /* of the first pixel; raw sums: int32_t acc[MCU_PASS_PIXELS] */
    int32_t step;             /* between pixels of y */
    int32_t constant;         /* twice the output offset, plus 1 */
    uint32_t *stream;
} mcu_pass_tail;

/* One output channel. next_step: bits 0 to 7 this channel's shift to the right less 1, above them how many weights the
 * first block of the next channel has, 0 at the end. next_bias: twice the next channel's. */
typedef struct {
    int32_t multiplier;
    uint32_t next_step;
    int32_t next_bias;
} mcu_pass_channel;

/* Where words between the blocks lead: to the first of MCU_PASS_UNROLLED blocks in a row, behind the last, and to the
 * rescaling of a ReLU or of any output, to none, or, of 4 pixels, to the addition to sums of parts. */
typedef struct {
    uint32_t first, behind;
    uint32_t rescale[4];
} mcu_pass_code;

enum { MCU_PASS_RELU, MCU_PASS_ANY, MCU_PASS_RAW, MCU_PASS_ADD };

#if defined(__OPTIMIZE_SIZE__)
#define MCU_PASS_PIXELS 4
#define MCU_PASS_UNROLLED 2
#else
#define MCU_PASS_PIXELS 6
#define MCU_PASS_UNROLLED 8
#endif

/* Returns the weights behind those of its channels; without a stream, *channels gets an mcu_pass_code. channels: two
 * words, what mcu_pass_channel says of the next channel, and then each channel. The word before the stream keeps r7,
 * which may be the frame pointer. One copy, as addresses of its code are not those of another. */
#define MCU_PASS_DECLARE(n) \
    MCU_ONE_COPY const int8_t *mcu_pass_##n(uint32_t *stream, const int8_t *weights, void *channels)
MCU_PASS_DECLARE(2);
MCU_PASS_DECLARE(4);
#if MCU_PASS_PIXELS == 6
MCU_PASS_DECLARE(3);
MCU_PASS_DECLARE(5);
MCU_PASS_DECLARE(6);
#endif

#define MCU_PASS_TAIL_WORDS 5
#define MCU_PASS_CHANNEL_WORDS 3

/* Calls `name`_2 to `name`_6 for n pixels, for 2 and 4 with -Os. */
#if MCU_PASS_PIXELS == 6
#define MCU_PASS_FOR(n, name, ...) \
    ((n) == 6   ? name##_6(__VA_ARGS__) \
     : (n) == 5 ? name##_5(__VA_ARGS__) \
     : (n) == 4 ? name##_4(__VA_ARGS__) \
     : (n) == 3 ? name##_3(__VA_ARGS__) \
                : name##_2(__VA_ARGS__))
#else
#define MCU_PASS_FOR(n, name, ...) ((n) == 4 ? name##_4(__VA_ARGS__) : name##_2(__VA_ARGS__))
#endif

/* Of `pixels` > 0 that remain, how many to take at once where `fit` do, so that no pass has few of them. */
MCU_INLINE int32_t mcu_pass_share(int32_t pixels, int32_t fit)
{
#if MCU_PASS_PIXELS == 6
    const int32_t passes = (pixels + fit - 1) / fit;
    return (pixels + passes - 1) / passes;
#else
    return mcu_min(pixels, pixels < 4 ? 2 : fit);
#endif
}

/* Words of a stream of n pixels and `blocks` > 0 blocks of channels, the tail apart. The first block stands alone,
 * then come as many as are left over by MCU_PASS_UNROLLED, then so many at a time; a word behind each. */
MCU_INLINE int32_t mcu_pass_words(int32_t n, int32_t blocks)
{
    return 2 * n * blocks + 2 + (blocks - 1) / MCU_PASS_UNROLLED;
}

/* Writes the words between the blocks; returns the tail. */
mcu_pass_tail *mcu_pass_link(int32_t n, int32_t blocks, int32_t rescale, uint32_t *stream);

#endif

#endif
