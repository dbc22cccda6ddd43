/* Up to four pixels times one filter after the other on Cortex-M0 and M3, which multiply one pair of numbers at a time.
 * A word holds the same element of two pixels, so that one product is two; mcu_packed_v6m.h and mcu_packed_v7m.h say
 * how the sums stay exact. Pixels too long for the words are taken in parts: the sums of some output channels are held
 * from one part to the next. */
#ifndef MCU_PACKED_H
#define MCU_PACKED_H

#include <stdint.h>

#include "arm_nn_types.h"
#include "arm_nnsupportfunctions.h"

#if defined(__ARM_ARCH_6M__)
#include "mcu_packed_v6m.h"
#else
#include "mcu_packed_v7m.h"
#endif

/* Elements of four pixels that the words hold. */
#define MCU_PART (MCU_PACKED_WORDS / 2)

/* How many of `left` elements a part takes: never all but one. */
static inline int32_t mcu_part_of(int32_t left)
{
    return left == MCU_PART + 1 ? MCU_PART - 2 : mcu_min(left, MCU_PART);
}

/* A block of `channels` filters begins with number ch, at `weights`; as many fit sums, which get their biases where the
 * input has an offset. */
void mcu_begin_channels(mcu_packed *packed, const cmsis_nn_per_channel_quant_params *quant_params, int32_t ch,
                        int32_t channels, const int8_t *weights, int32_t input_offset, const int32_t *bias,
                        int32_t *sums);

/* Which of `count` pixels is number `i` of four. Where there are fewer, some come twice, and nothing is written behind
 * the last: the third pixel of an output lies twice as far as the second one. */
static inline int32_t mcu_pixel_of(int32_t i, int32_t count)
{
    return count == 2 ? i == 3 : mcu_min(i, count - 1);
}

/* Up to four outputs begin: `count` pixels of output_ch channels from y on, of `channels` filters, at most
 * MCU_HELD_CHANNELS where there is more than one part. */
static inline void mcu_begin_outputs(mcu_packed *packed, int32_t count, int32_t output_ch, int32_t channels,
                                     int8_t *y)
{
    packed->bias = packed->first_bias;
    packed->y = y;
    packed->y_end = y + channels;
    packed->to_second_pixel = count > 2 ? output_ch : 0;
    packed->to_fourth_pixel = (count - 1) * output_ch;
    packed->excess = 0;
    packed->from = 0;
}

/* A part of four pixels, as mcu_pixel_of chooses them: at least two elements and at most MCU_PART. It is multiplied by
 * that part of each filter; the first one's lies at `weights`. The last part makes the outputs. */
void mcu_multiply_part(mcu_packed *packed, const int8_t *const x[4], int32_t length, const int8_t *weights,
                       int is_last);

/* The outputs of `count` whole pixels, at most four, `step` elements apart. */
void mcu_multiply_pixels(mcu_packed *packed, const int8_t *x, int32_t step, int32_t count, const int8_t *weights);

#endif
