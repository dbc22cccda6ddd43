/* What the passes of mcu_packed.h need on Cortex-M0. A word is -a - b 2^16. Words and weights of two channels give
 *     v = 2^15 + x0 w0 + x1 w1 = (2^15 - A) - B 2^16,
 * with A and B the sums of two products, at most 2^15 and at least -2^15 + 256: the low half of v lies in [0, 2^16), so
 * that v >> 16 is -B, exactly. The sum of these is the second pixel's, and the sum of v, modulo 2^32, less the second
 * pixel's 2^16 gives the first one's. */
#ifndef MCU_PACKED_V6M_H
#define MCU_PACKED_V6M_H

#include <stdint.h>

#include "arm_nn_types.h"

#define MCU_PACKED_WORDS 128
#define MCU_HELD_CHANNELS 16

/* Offsets in the assembly count from acc. */
typedef struct {
    uint32_t held[4 * MCU_HELD_CHANNELS];
    uint32_t words[MCU_PACKED_WORDS]; /* those in use at the end; what a pass reads next lies behind them */
    int32_t acc[4];
    const int32_t *bias; /* 16: of the next channel */
    int32_t to_multiplier; /* bytes from a channel's bias */
    int32_t to_shift;
    int32_t excess; /* 2^15 for each v */
    int8_t *y;      /* 32 */
    int32_t to_second_pixel; /* of the output; the third one lies twice as far */
    int32_t to_fourth_pixel;
    int32_t rounding;      /* 2^14 - 2^30 */
    int32_t output_offset; /* 48 */
    int32_t least; /* accumulators below give output_offset, or less before the clamp to it or more */
    const uint32_t *x; /* 56: the words in use */
    int32_t minus_even_elements; /* elements of the part but for an odd last one */
    int32_t filter_size; /* 64 */
    const int8_t *weights; /* end of the next channel's even ones */
    const int8_t *y_end; /* 72 */
    int32_t half;  /* 2^15 */
    int32_t r7;    /* 80: may be the frame pointer, so nobody but the assembly saves it */
    const uint32_t *from; /* 84: what is held of the parts before; NULL of the first one */
    uint32_t *to; /* 88: where mcu_hold_4_pixels writes */
    const uint32_t *to_end;
    const int32_t *first_bias; /* of the block of channels */
} mcu_packed;

static inline void mcu_begin_packed(mcu_packed *packed, const cmsis_nn_conv_params *conv_params, int32_t filter_size)
{
    packed->output_offset = conv_params->output_offset;
    packed->least = conv_params->activation.min >= conv_params->output_offset ? 1 : INT32_MIN;
    packed->rounding = (1 << 14) - (1 << 30);
    packed->half = 1 << 15;
    packed->filter_size = filter_size;
}

/* The part of the first filter at `weights`; at least two elements. */
static inline void mcu_begin_part(mcu_packed *packed, const int8_t *weights, int32_t length)
{
    packed->minus_even_elements = -(length & ~1);
    packed->weights = weights - packed->minus_even_elements;
}

static inline uint32_t mcu_pack(int8_t a, int8_t b)
{
    return 0u - ((uint32_t)a + ((uint32_t)b << 16));
}

#define MCU_PACK(x_a, x_b, offset) \
    "ldrsb r6, [" x_a ", r4]\n\t" \
    "ldrsb r7, [" x_b ", r4]\n\t" \
    "lsls r7, r7, #16\n\t" \
    "adds r6, r6, r7\n\t" \
    "negs r6, r6\n\t" \
    "str r6, [r5, #" offset "]\n\t"

/* Two elements of the first two pixels, then of the others; an odd last one alone. r7 may be the frame pointer, so r12
 * keeps it. */
static inline void mcu_pack_4_pixels(const int8_t *const x[4], int32_t length, uint32_t *words)
{
    const int32_t even = length & ~1;
    register const int8_t *const *x_at __asm__("r0") = x;
    register int32_t end __asm__("r4") = even;
    register uint32_t *to __asm__("r5") = words;

    __asm__ volatile(".syntax unified\n\t"
                     "mov r12, r7\n\t"
                     "ldmia r0, {r0, r1, r2, r3}\n\t"
                     "adds r0, r0, r4\n\t"
                     "adds r1, r1, r4\n\t"
                     "adds r2, r2, r4\n\t"
                     "adds r3, r3, r4\n\t"
                     "negs r4, r4\n"
                     "1:\n\t"
                     MCU_PACK("r0", "r1", "0") MCU_PACK("r2", "r3", "8")
                     "adds r4, #1\n\t"
                     MCU_PACK("r0", "r1", "4") MCU_PACK("r2", "r3", "12")
                     "adds r5, #16\n\t"
                     "adds r4, #1\n\t"
                     "bne 1b\n\t"
                     "mov r7, r12"
                     : "+l"(x_at), "+l"(end), "+l"(to)
                     :
                     : "r1", "r2", "r3", "r6", "r12", "cc", "memory");
    if (even != length) {
        to[0] = mcu_pack(x[0][even], x[1][even]);
        to[1] = mcu_pack(x[2][even], x[3][even]);
    }
}

#endif
