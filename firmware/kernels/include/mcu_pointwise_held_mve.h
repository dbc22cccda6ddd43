/* 1x1 convolution with Helium where a pixel has 16 to 64 input channels: it stays in vector registers, q0 to q3, while
 * all filters pass, four at a time. A filter costs one load and one VMLADAVA for 16 products. Nothing is prepared, so
 * that few pixels pay no more each than many.
 *
 * A last chunk of fewer than 16 channels needs no predicate for the filters: lanes of the pixel that do not belong to
 * it are zero. Filters are read beyond their end then, or before their beginning where nothing lies behind the last.
 */
#ifndef MCU_POINTWISE_HELD_MVE_H
#define MCU_POINTWISE_HELD_MVE_H

#include "mcu_filters_mve.h"

/* What the assembly reads of memory, by offset in bytes. A pixel is read `before` bytes ahead of its beginning, where
 * lanes_first leaves those bytes out. y_gap: from the last output of a pixel to the next pixel. */
typedef struct {
    mcu_clamp_mve clamp;       /* 0 */
    const int8_t *weights;     /* 48 */
    const int32_t *bias;       /* 52 */
    const int32_t *multiplier; /* 56 */
    const int32_t *shift;      /* 60 */
    const int8_t *x;           /* 64 */
    int32_t step;              /* 68 */
    uint32_t lanes_first;      /* 72: of the first chunk, as VPR.P0 has them */
    uint32_t lanes_last;       /* 76 */
    int32_t quads;             /* 80: > 0, of output channels */
    int32_t y_gap;             /* 84 */
    int32_t pixels;            /* 88: > 0 */
} mcu_held_mve;

MCU_LIES_AT(mcu_held_mve, weights, 48);
MCU_LIES_AT(mcu_held_mve, x, 64);
MCU_LIES_AT(mcu_held_mve, pixels, 88);

/* One filter: its products with the pixel to `a`. */
#define MCU_HELD_1(a) "vldrb.8 q4, [%[w]]\n vmladav.s8 " a ", q0, q4\n"
#define MCU_HELD_2(a) MCU_HELD_1(a) "vldrb.8 q5, [%[w], #16]\n vmladava.s8 " a ", q1, q5\n"
#define MCU_HELD_3(a) MCU_HELD_2(a) "vldrb.8 q6, [%[w], #32]\n vmladava.s8 " a ", q2, q6\n"
#define MCU_HELD_4(a) MCU_HELD_3(a) "vldrb.8 q4, [%[w], #48]\n vmladava.s8 " a ", q3, q4\n"
#define MCU_NEXT_FILTER "add %[w], %[w], %[depth]\n"

/* The pixel; lanes before its first channel and behind its last are zero. */
#define MCU_PIXEL_1 "vpst\n vldrbt.8 q0, [%[a0]]\n vmsr p0, %[a3]\n"
#define MCU_PIXEL_2 MCU_PIXEL_1 "vpst\n vldrbt.8 q1, [%[a0], #16]\n"
#define MCU_PIXEL_3 MCU_PIXEL_1 "vldrb.8 q1, [%[a0], #16]\n vpst\n vldrbt.8 q2, [%[a0], #32]\n"
#define MCU_PIXEL_4                                                                                                    \
    MCU_PIXEL_1 "vldrb.8 q1, [%[a0], #16]\n vldrb.8 q2, [%[a0], #32]\n vpst\n vldrbt.8 q3, [%[a0], #48]\n"

#define MCU_HELD_PIXELS(PIXEL, FILTER, RESCALE)                                                                        \
    __asm__ volatile("3:\n"                                                                                            \
                     "ldrd %[a0], %[a1], [%[held], #64]\n ldrd %[a2], %[a3], [%[held], #72]\n vmsr p0, %[a2]\n" PIXEL  \
                     "add %[a0], %[a0], %[a1]\n str %[a0], [%[held], #64]\n ldr %[a1], [%[held], #80]\n"               \
                     "ldrd %[w], %[bias], [%[held], #48]\n ldrd %[multiplier], %[shift], [%[held], #56]\n"             \
                     "vmvn.i32 q7, #127\n dls lr, %[a1]\n"                                                             \
                     "1:\n" FILTER("%[a0]") MCU_NEXT_FILTER FILTER("%[a1]") MCU_NEXT_FILTER                            \
                     FILTER("%[a2]") MCU_NEXT_FILTER FILTER("%[a3]") MCU_NEXT_FILTER                                   \
                     "vmov d8, %[a0], %[a1]\n vmov d9, %[a2], %[a3]\n"                                                 \
                     "vldrw.32 q5, [%[bias]], #16\n vadd.i32 q4, q4, q5\n" RESCALE                                     \
                     "vstrb.32 q4, [%[y]], #4\n le lr, 1b\n"                                                           \
                     "ldrd %[a0], %[a1], [%[held], #84]\n add %[y], %[y], %[a0]\n"                                     \
                     "subs %[a1], %[a1], #1\n str %[a1], [%[held], #88]\n bne 3b\n"                                    \
                     : [y] "+&l"(y), [a0] "=&Te"(acc_0), [a1] "=&Te"(acc_1), [a2] "=&Te"(acc_2), [a3] "=&Te"(acc_3),   \
                       [w] "=&r"(w), [bias] "=&r"(bias), [multiplier] "=&r"(multiplier), [shift] "=&r"(shift),         \
                       "=Up"(lanes)                                                                                    \
                     : [depth] "r"(depth), [held] "r"(held)                                                            \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory")
#define MCU_HELD_DEPTHS(RESCALE)                                                                                       \
    if (chunks == 2) {                                                                                                 \
        MCU_HELD_PIXELS(MCU_PIXEL_2, MCU_HELD_2, RESCALE);                                                             \
    } else if (chunks == 3) {                                                                                          \
        MCU_HELD_PIXELS(MCU_PIXEL_3, MCU_HELD_3, RESCALE);                                                             \
    } else {                                                                                                           \
        MCU_HELD_PIXELS(MCU_PIXEL_4, MCU_HELD_4, RESCALE);                                                             \
    }

static inline void mcu_held_loop_mve(mcu_held_mve *held, int32_t chunks, int32_t depth, int32_t is_plain, int8_t *y)
{
    const int8_t *w;
    const int32_t *bias;
    const int32_t *multiplier;
    const int32_t *shift;
    int32_t acc_0;
    int32_t acc_1;
    int32_t acc_2;
    int32_t acc_3;
    mve_pred16_t lanes;

    if (chunks == 1) { /* a linear one is shallow */
        MCU_HELD_PIXELS(MCU_PIXEL_1, MCU_HELD_1, MCU_RESCALE_ANY_MVE);
    } else if (is_plain) {
        MCU_HELD_DEPTHS(MCU_RESCALE_PLAIN_MVE)
    } else {
        MCU_HELD_DEPTHS(MCU_RESCALE_ANY_MVE)
    }
}

/* All channels of `pixels` > 0 pixels. Where filters are read beyond their end, the last four channels come by
 * themselves: lanes before their first weights are left out there, rather than lanes behind their last ones. */
static inline void mcu_held_pixels_mve(const mcu_filters_mve *filters, const int8_t *x, int32_t step, int32_t pixels,
                                       int8_t *y)
{
    const int32_t channels = filters->channels;
    const int32_t beyond = 16 * filters->chunks - filters->depth;
    mcu_held_mve held;

    held.clamp = mcu_clamp_of_mve(filters->output);
    held.step = step;
    held.lanes_first = 0xffff;
    held.lanes_last = 0xffffu >> beyond;
    held.quads = beyond == 0 ? channels / 4 : (channels - 1) / 4;
    for (int32_t ch = 0, before = 0;;) {
        held.weights = filters->tables.weights + ch * filters->depth - before;
        held.bias = filters->tables.bias + ch;
        held.multiplier = filters->tables.multiplier + ch;
        held.shift = filters->tables.shift + ch;
        held.x = x - before;
        held.y_gap = filters->output_ch - 4 * held.quads;
        held.pixels = pixels;
        mcu_held_loop_mve(&held, filters->chunks, filters->depth, filters->is_plain, y + ch);
        if (ch + 4 * held.quads == channels) {
            return;
        }
        before = beyond;
        ch = channels - 4;
        held.quads = 1;
        held.lanes_first = 0xffffu & (0xffffu << beyond);
        held.lanes_last = 0xffff;
    }
}

#endif
