/* 1x1 convolution with Helium of at most 16 input channels into an output that is linear (mcu_filters_mve.h): four
 * filters and their constants stay in vector registers while the pixels pass.
 */
#ifndef MCU_POINTWISE_SHALLOW_MVE_H
#define MCU_POINTWISE_SHALLOW_MVE_H

#include "mcu_filters_mve.h"

/* What the assembly reads of memory, by offset in bytes. */
typedef struct {
    mcu_tables_mve tables; /* 0: weights, 4: bias, 8: multiplier, 12: shift */
    const int8_t *x;       /* 16 */
    int32_t pixels;        /* 20: > 0 */
    int32_t depth;         /* 24 */
    int32_t biases[4];     /* 28: of four channels; the assembly fills them in */
} mcu_shallow_mve;

MCU_LIES_AT(mcu_shallow_mve, tables.shift, 12);
MCU_LIES_AT(mcu_shallow_mve, x, 16);
MCU_LIES_AT(mcu_shallow_mve, biases, 28);

/* PIXEL loads a pixel to q7 and moves on to the next. Filters in q0 to q3, their constants in q4 to q6. */
#define MCU_SHALLOW_ANY "vpst\n vldrbt.8 q7, [%[x]]\n add %[x], %[x], %[step]\n"
#define MCU_SHALLOW_16 "vldrb.8 q7, [%[x]], #16\n"
/* From sums of products in q7 to outputs of 32 bits; negative numbers are made smaller by one if they are shifted. */
#define MCU_SHALLOW_PLAIN "vadd.i32 q7, q7, q4\n vqrdmulh.s32 q7, q7, q5\n vrshl.s32 q7, q7, q6\n"
#define MCU_SHALLOW_LINEAR                                                                                             \
    "vldrw.32 q4, [%[held], #28]\n vadd.i32 q7, q7, q4\n vqrdmulh.s32 q7, q7, q5\n"                                    \
    "vand q4, q7, q6\n vshr.s32 q4, q4, #31\n vqadd.s32 q7, q7, q4\n vrshl.s32 q7, q7, q6\n"
/* y_back: from behind the last pixel of four output channels to the first one of the next four. */
#define MCU_SHALLOW_PIXELS(PIXEL, RESCALE)                                                                             \
    __asm__ volatile("1:\n"                                                                                            \
                     "ldmia %[held], {%[a0], %[a1], %[a2], %[a3]}\n ldr lr, [%[held], #24]\n mov %[x], %[a0]\n"        \
                     "vldrw.32 q4, [%[a1]], #16\n vldrw.32 q5, [%[a2]], #16\n vldrw.32 q6, [%[a3]], #16\n"             \
                     "add %[a0], %[a0], lr, lsl #2\n stmia %[held], {%[a0], %[a1], %[a2], %[a3]}\n"                    \
                     "vstrw.32 q4, [%[held], #28]\n add %[a1], %[x], lr\n add %[a2], %[a1], lr\n"                      \
                     "add %[a3], %[a2], lr\n vpstttt\n vldrbt.8 q0, [%[x]]\n vldrbt.8 q1, [%[a1]]\n"                   \
                     "vldrbt.8 q2, [%[a2]]\n vldrbt.8 q3, [%[a3]]\n ldrd %[x], lr, [%[held], #16]\n"                   \
                     "2:\n" PIXEL                                                                                      \
                     "vmladav.s8 %[a0], q7, q0\n vmladav.s8 %[a1], q7, q1\n"                                           \
                     "vmladav.s8 %[a2], q7, q2\n vmladav.s8 %[a3], q7, q3\n"                                           \
                     "vmov d14, %[a0], %[a1]\n vmov d15, %[a2], %[a3]\n"                                               \
                     RESCALE MCU_PLAIN_BYTES("q7")                                                                     \
                     "vstrb.32 q7, [%[y]]\n add %[y], %[y], %[output_ch]\n le lr, 2b\n"                                \
                     "add %[y], %[y], %[y_back]\n subs %[quads], %[quads], #1\n bne 1b\n"                              \
                     : [x] "=&r"(x), [y] "+&l"(y), [quads] "+&r"(quads), [a0] "=&Te"(acc_0), [a1] "=&Te"(acc_1),       \
                       [a2] "=&Te"(acc_2), [a3] "=&Te"(acc_3), [inside] "+Up"(inside)                                  \
                     : [held] "r"(held), [step] "r"(step), [offset] "r"(filters->output.output_offset),                \
                       [output_ch] "r"(output_ch), [y_back] "r"(4 - held->pixels * output_ch)                          \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory")

static inline void mcu_shallow_loop_mve(const mcu_filters_mve *filters, mcu_shallow_mve *held, int32_t quads,
                                        int32_t step, int8_t *y)
{
    const int32_t output_ch = filters->output_ch;
    mve_pred16_t inside = vctp8q((uint32_t)held->depth);
    const int8_t *x;
    register int32_t acc_0 __asm__("r0"); /* LDM needs them in this order */
    register int32_t acc_1 __asm__("r2");
    register int32_t acc_2 __asm__("r4");
    register int32_t acc_3 __asm__("r6");

    if (!filters->is_plain) {
        MCU_SHALLOW_PIXELS(MCU_SHALLOW_ANY, MCU_SHALLOW_LINEAR);
    } else if (held->depth == 16 && step == 16) {
        MCU_SHALLOW_PIXELS(MCU_SHALLOW_16, MCU_SHALLOW_PLAIN);
    } else {
        MCU_SHALLOW_PIXELS(MCU_SHALLOW_ANY, MCU_SHALLOW_PLAIN);
    }
}

/* All channels of `pixels` > 0 pixels; the last four overlap those before them, where the count is no multiple. */
static inline void mcu_shallow_pixels_mve(const mcu_filters_mve *filters, const int8_t *x, int32_t step, int32_t pixels,
                                         int8_t *y)
{
    int32_t quads = (int32_t)((uint32_t)filters->channels / 4);
    mcu_shallow_mve held;

    held.tables = filters->tables;
    held.x = x;
    held.pixels = pixels;
    held.depth = filters->depth;
    for (int32_t rest = (int32_t)((uint32_t)filters->channels % 4);; rest = 0) {
        mcu_shallow_loop_mve(filters, &held, quads, step, y);
        if (rest == 0) {
            return;
        }
        mcu_move_tables_mve(&held.tables, rest - 4, held.depth);
        quads = 1;
        y += filters->channels - 4;
    }
}

#endif
