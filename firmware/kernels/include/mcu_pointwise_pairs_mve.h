/* 1x1 convolution with Helium of 17 to 32 input channels into an output that is linear (mcu_filters_mve.h), for many
 * pixels: two filters stay in q0 to q3 while they pass, so that a load of a pixel serves both. Four outputs of the one
 * and four of the other become the even and odd lanes of one vector, which is stored at once.
 */
#ifndef MCU_POINTWISE_PAIRS_MVE_H
#define MCU_POINTWISE_PAIRS_MVE_H

#include "mcu_filters_mve.h"

/* The most output channels whose lanes, those of four pixels, have offsets of 16 bits. */
#define MCU_MOST_PAIRED_MVE 16384

/* What the assembly reads of memory, by offset in bytes. y_back: from behind the last pixel of a pair of output
 * channels to the first one of the next pair. */
typedef struct {
    mcu_tables_mve tables; /* 0: weights, 4: bias, 8: multiplier, 12: shift */
    const int8_t *x;       /* 16 */
    int32_t fours;         /* 20: > 0, of pixels */
    int32_t y_back;        /* 24 */
    int32_t pairs;         /* 28: > 0 */
    int32_t depth;         /* 32 */
    int32_t offset;        /* 36: of the output */
    int32_t shifts[2];     /* 40: of the pair; the assembly fills them in */
} mcu_pairs_mve;

MCU_LIES_AT(mcu_pairs_mve, tables.shift, 12);
MCU_LIES_AT(mcu_pairs_mve, x, 16);
MCU_LIES_AT(mcu_pairs_mve, pairs, 28);
MCU_LIES_AT(mcu_pairs_mve, shifts, 40);

/* One pixel and both filters: products to `a` and `b`. */
#define MCU_PAIR_PIXEL(a, b)                                                                                           \
    "vldrb.8 q4, [%[x]], #16\n vmladav.s8 " a ", q4, q0\n vmladav.s8 " b ", q4, q2\n"                                  \
    "vldrb.8 q4, [%[x]], #16\n vmladava.s8 " a ", q4, q1\n vmladava.s8 " b ", q4, q3\n"

/* Negative numbers are made smaller by one if `shift` is negative. */
#define MCU_PAIR_LINEAR(q, shift) "lsr %[a2], " shift ", #31\n vshr.s32 q4, " q ", #31\n vmla.s32 " q ", q4, %[a2]\n"
#define MCU_PAIR_PLAIN(q, shift) ""

/* Two filters, and the address of the next: of any depth, and of 32. */
#define MCU_PAIR_ANY                                                                                                   \
    "ldr lr, [%[held], #32]\n add %[x], %[a0], lr\n vldrb.8 q0, [%[a0]]\n vldrb.8 q2, [%[x]]\n"                        \
    "vpstt\n vldrbt.8 q1, [%[a0], #16]\n vldrbt.8 q3, [%[x], #16]\n add %[a0], %[x], lr\n"
#define MCU_PAIR_32                                                                                                    \
    "vldrb.8 q0, [%[a0]], #16\n vldrb.8 q1, [%[a0]], #16\n vldrb.8 q2, [%[a0]], #16\n vldrb.8 q3, [%[a0]], #16\n"

/* q7: where the outputs of four pixels lie. */
#define MCU_PAIRS(LOAD_PAIR, ROUND)                                                                                    \
    __asm__ volatile("vidup.u16 q7, %[a0], #1\n vshr.u16 q6, q7, #1\n vmul.i16 q6, q6, %[output_ch]\n"                 \
                     "vmov.i16 q5, #1\n vand q7, q7, q5\n vadd.i16 q7, q7, q6\n lsl %[output_ch], %[output_ch], #2\n"  \
                     "1:\n"                                                                                            \
                     "ldmia %[held], {%[a0], %[a1], %[a2], %[a3]}\n" LOAD_PAIR                                         \
                     "ldrd %[b0], %[b1], [%[a1]], #8\n ldrd %[m0], %[m1], [%[a2]], #8\n ldrd %[x], lr, [%[a3]], #8\n"  \
                     "stmia %[held], {%[a0], %[a1], %[a2], %[a3]}\n strd %[x], lr, [%[held], #40]\n"                   \
                     "ldrd %[x], lr, [%[held], #16]\n"                                                                 \
                     "2:\n"                                                                                            \
                     MCU_PAIR_PIXEL("%[a0]", "%[a1]") MCU_PAIR_PIXEL("%[a2]", "%[a3]")                                 \
                     "vmov d10, %[a0], %[a2]\n vmov d12, %[a1], %[a3]\n"                                               \
                     MCU_PAIR_PIXEL("%[a0]", "%[a1]") MCU_PAIR_PIXEL("%[a2]", "%[a3]")                                 \
                     "vmov d11, %[a0], %[a2]\n vmov d13, %[a1], %[a3]\n"                                               \
                     "vadd.i32 q5, q5, %[b0]\n vadd.i32 q6, q6, %[b1]\n"                                               \
                     "vqrdmulh.s32 q5, q5, %[m0]\n vqrdmulh.s32 q6, q6, %[m1]\n ldrd %[a0], %[a1], [%[held], #40]\n"   \
                     ROUND("q5", "%[a0]") ROUND("q6", "%[a1]") "vrshl.s32 q5, %[a0]\n vrshl.s32 q6, %[a1]\n"           \
                     "ldr %[a0], [%[held], #36]\n vqmovnb.s32 q5, q5\n vqmovnt.s32 q5, q6\n"                           \
                     "vqadd.s16 q5, q5, %[a0]\n vqmovnb.s16 q5, q5\n"                                                  \
                     "vstrb.16 q5, [%[y], q7]\n add %[y], %[y], %[output_ch]\n le lr, 2b\n"                            \
                     "ldrd %[a0], %[a1], [%[held], #24]\n add %[y], %[y], %[a0]\n"                                     \
                     "subs %[a1], %[a1], #1\n str %[a1], [%[held], #28]\n bne 1b\n"                                    \
                     : [x] "=&r"(x), [y] "+&r"(y), [output_ch] "+&r"(output_ch),                                       \
                       [a0] "+&Te"(acc_0), [a1] "=&Te"(acc_1), [a2] "=&Te"(acc_2), [a3] "=&Te"(acc_3),                 \
                       [b0] "=&r"(bias_0), [b1] "=&r"(bias_1), [m0] "=&r"(multiplier_0), [m1] "=&r"(multiplier_1),     \
                       [inside] "+Up"(inside)                                                                          \
                     : [held] "r"(held)                                                                                \
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory")

/* `pairs` pairs of output channels of 4 * fours adjacent pixels of 32 elements each. */
static inline void mcu_pairs_loop_mve(mcu_pairs_mve *held, int32_t is_plain, int32_t output_ch, int8_t *y)
{
    mve_pred16_t inside = vctp8q((uint32_t)(held->depth - 16));
    const int8_t *x;
    register int32_t acc_0 __asm__("r0") = 0; /* LDM needs them in this order */
    register int32_t acc_1 __asm__("r2");
    register int32_t acc_2 __asm__("r4");
    register int32_t acc_3 __asm__("r6");
    int32_t bias_0;
    int32_t bias_1;
    int32_t multiplier_0;
    int32_t multiplier_1;

    if (MCU_FOR_SPEED_MVE && is_plain && held->depth == 32) {
        MCU_PAIRS(MCU_PAIR_32, MCU_PAIR_PLAIN);
    } else if (is_plain) {
        MCU_PAIRS(MCU_PAIR_ANY, MCU_PAIR_PLAIN);
    } else {
        MCU_PAIRS(MCU_PAIR_ANY, MCU_PAIR_LINEAR);
    }
}

/* All channels, at least two, of 4 * `fours` > 0 adjacent pixels, each of 32 elements. The last two overlap those
 * before them, where the count is odd. */
static inline void mcu_paired_pixels_mve(const mcu_filters_mve *filters, const int8_t *x, int32_t fours, int8_t *y)
{
    const int32_t output_ch = filters->output_ch;
    mcu_pairs_mve held;

    held.tables = filters->tables;
    held.x = x;
    held.fours = fours;
    MCU_STORE_APART;
    held.y_back = 2 - 4 * fours * output_ch;
    held.pairs = (int32_t)((uint32_t)filters->channels / 2);
    held.depth = filters->depth;
    held.offset = filters->output.output_offset;
    for (int32_t rest = (int32_t)((uint32_t)filters->channels % 2);; rest = 0) {
        mcu_pairs_loop_mve(&held, filters->is_plain, output_ch, y);
        if (rest == 0) {
            return;
        }
        mcu_move_tables_mve(&held.tables, -1, held.depth);
        held.pairs = 1;
        y += filters->channels - 2;
    }
}

#endif
