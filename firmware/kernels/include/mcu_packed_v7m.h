/* What the passes of mcu_packed.h need on Cortex-M3. A word is a + b 2^16. Words and weights of two channels give
 *     v = 2^15 - x0 w0 - x1 w1 = (2^15 - A) - B 2^16,
 * with A and B the sums of two products, at most 2^15 and at least -2^15 + 256: the low half of v lies in [0, 2^16), so
 * that v >> 16 is -B, exactly. The sum of these is the second pixel's, and the sum of v, modulo 2^32, less the second
 * pixel's 2^16 gives the first one's. Products of two pixels cost one multiplication and one addition. */
#ifndef MCU_PACKED_V7M_H
#define MCU_PACKED_V7M_H

#include <stdint.h>

#include "arm_nn_types.h"

#if defined(__OPTIMIZE_SIZE__)
#define MCU_PACKED_WORDS 64
#define MCU_HELD_CHANNELS 8
#else
#define MCU_PACKED_WORDS 128
#define MCU_HELD_CHANNELS 16
#endif

/* In the order of the loads; offsets in the assembly count from bias. */
typedef struct {
    uint32_t held[4 * MCU_HELD_CHANNELS];
    uint32_t words[MCU_PACKED_WORDS]; /* those in use at the end; what a pass reads next lies behind them */
    const int32_t *bias; /* of the next channel */
    int32_t to_multiplier; /* bytes from a channel's bias */
    int32_t to_shift;
    int32_t excess; /* 2^15 for each v */
    int8_t *y; /* 16 */
    int32_t to_second_pixel; /* of the output; the third one lies twice as far */
    int32_t to_fourth_pixel;
    int32_t output_offset;
    const uint32_t *x; /* 32: the words in use */
    int32_t half;      /* 2^15 */
    int32_t elements;  /* of the part, less 2 */
    const int8_t *y_end;
    const int8_t *weights; /* 48 */
    const uint32_t *from; /* what is held of the parts before; NULL of the first one */
    uint32_t *to; /* 56: where mcu_hold_4_pixels writes */
    const uint32_t *to_end;
    int32_t r7; /* 64: may be the frame pointer, so nobody but the assembly saves it */
    int32_t to_weights; /* from behind a filter's part to the next one's */
    int32_t filter_size;
    const int32_t *first_bias; /* of the block of channels */
} mcu_packed;

static inline void mcu_begin_packed(mcu_packed *packed, const cmsis_nn_conv_params *conv_params, int32_t filter_size)
{
    packed->output_offset = conv_params->output_offset;
    packed->half = 1 << 15;
    packed->filter_size = filter_size;
}

/* The part of the first filter at `weights`; at least two elements. */
static inline void mcu_begin_part(mcu_packed *packed, const int8_t *weights, int32_t length)
{
    packed->elements = length - 2;
    packed->to_weights = packed->filter_size - length;
    packed->weights = weights - packed->to_weights;
}

static inline uint32_t mcu_pack(int8_t a, int8_t b)
{
    return (uint32_t)a + ((uint32_t)b << 16);
}

#define MCU_PACK_ELEMENT \
    "ldrsb %[a], [%[x_a]], #1\n\t" \
    "ldrsb %[b], [%[x_b]], #1\n\t" \
    "ldrsb %[c], [%[x_c]], #1\n\t" \
    "ldrsb %[d], [%[x_d]], #1\n\t" \
    "add %[a], %[a], %[b], lsl #16\n\t" \
    "add %[c], %[c], %[d], lsl #16\n\t" \
    "strd %[a], %[c], [%[words]], #8\n\t"

/* Element after element: the first two pixels, then the others. An odd element comes first. */
static inline void mcu_pack_4_pixels(const int8_t *const x[4], int32_t length, uint32_t *words)
{
    const int8_t *x_a = x[0];
    const int8_t *x_b = x[1];
    const int8_t *x_c = x[2];
    const int8_t *x_d = x[3];
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t d;

    __asm__ volatile("lsrs %[a], %[left], #1\n\t"
                     "bcs 2f\n"
                     "1:\n\t"
                     MCU_PACK_ELEMENT
                     "2:\n\t"
                     MCU_PACK_ELEMENT
                     "subs %[left], %[left], #2\n\t"
                     "bgt 1b"
                     : [x_a] "+&r"(x_a), [x_b] "+&r"(x_b), [x_c] "+&r"(x_c), [x_d] "+&r"(x_d), [words] "+&r"(words),
                       [left] "+&r"(length), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
                     :
                     : "cc", "memory");
}

#endif
