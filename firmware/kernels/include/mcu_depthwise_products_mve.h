/* Sums of products for 3x3 depthwise convolution with Helium: 16 channels of one pixel. Only for cores with
 * __ARM_FEATURE_MVE.
 *
 * Register blocking: four accumulators of four lanes. VMULLB and VMULLT multiply 16 bytes to 16-bit products; two of
 * them are added before they are widened. So accumulator b holds channels b + 4 * i, and the tables of a block are
 * sorted like that; saturating narrowing puts the channels in order again.
 */
#ifndef MCU_DEPTHWISE_PRODUCTS_MVE_H
#define MCU_DEPTHWISE_PRODUCTS_MVE_H

#include "mcu_depthwise_block_mve.h"

typedef struct {
    int32x4_t lanes[4];
} mcu_accumulators_mve;

/* Text of assembly: q0 to q3 get bias and the products of the taps from x on. From tap to tap x moves by `tap`, from
 * row to row by `down` and `below`, and by `next` behind the last. Two products fill q6 and q7; the second weight is
 * loaded twice, for lack of a register. */
#define MCU_DW_MOVE(by) "add %[x], %[x], %[" by "]\n"
#define MCU_DW_FIRST(weights, by)                                                                                      \
    "vldrb.8 q4, [%[x]]\n vldrw.32 q5, [%[w], #" weights "]\n" MCU_DW_MOVE(by)                                         \
    "vmullb.s8 q6, q4, q5\n vmullt.s8 q7, q4, q5\n"
#define MCU_DW_SECOND(weights, by)                                                                                     \
    "vldrb.8 q4, [%[x]]\n vldrw.32 q5, [%[w], #" weights "]\n" MCU_DW_MOVE(by)                                         \
    "vmullb.s8 q5, q4, q5\n vadd.i16 q6, q6, q5\n vldrw.32 q5, [%[w], #" weights "]\n"                                 \
    "vmullt.s8 q4, q4, q5\n vadd.i16 q7, q7, q4\n"
#define MCU_DW_WIDEN                                                                                                   \
    "vmovlb.s16 q4, q6\n vadd.i32 q0, q0, q4\n vmovlb.s16 q5, q7\n vadd.i32 q1, q1, q5\n"                              \
    "vmovlt.s16 q4, q6\n vadd.i32 q2, q2, q4\n vmovlt.s16 q5, q7\n vadd.i32 q3, q3, q5\n"
#define MCU_DW_PAIR(first, by, second, next) MCU_DW_FIRST(first, by) MCU_DW_SECOND(second, next) MCU_DW_WIDEN
#define MCU_DW_BIAS                                                                                                    \
    "vldrw.32 q0, [%[bias]]\n vldrw.32 q1, [%[bias], #16]\n vldrw.32 q2, [%[bias], #32]\n"                             \
    "vldrw.32 q3, [%[bias], #48]\n"
#define MCU_DW_NINE MCU_DW_BIAS MCU_DW_NINE_TAPS
#define MCU_DW_NINE_TAPS                                                                                               \
    MCU_DW_PAIR("0", "tap", "16", "tap") MCU_DW_PAIR("32", "down", "48", "tap")                                        \
    MCU_DW_PAIR("64", "tap", "80", "below") MCU_DW_PAIR("96", "tap", "112", "tap")                                     \
    MCU_DW_FIRST("128", "next") MCU_DW_WIDEN
/* Six taps of a pixel at the left or right border; its other column lies in padding. */
#define MCU_DW_SIX                                                                                                     \
    MCU_DW_BIAS MCU_DW_PAIR("0", "tap", "16", "down") MCU_DW_PAIR("48", "tap", "64", "below")                          \
    MCU_DW_PAIR("96", "tap", "112", "next")
/* From accumulators to the 16 bytes of an output in q0, if it is plain; `multiplier` and `shift`: from w on. */
#define MCU_DW_RESCALE(acc, from, multiplier, shift)                                                                   \
    "vldrw.32 q4, [%[" from "], #" multiplier "]\n vldrw.32 q5, [%[" from "], #" shift "]\n"                           \
    "vqrdmulh.s32 " acc ", " acc ", q4\n vrshl.s32 " acc ", " acc ", q5\n"
#define MCU_DW_PLAIN(from)                                                                                             \
    MCU_DW_RESCALE("q0", from, "144", "208") MCU_DW_RESCALE("q1", from, "160", "224")                                  \
    MCU_DW_RESCALE("q2", from, "176", "240") MCU_DW_RESCALE("q3", from, "192", "256")                                  \
    "vqmovnb.s32 q0, q0\n vqmovnt.s32 q0, q2\n vqmovnb.s32 q1, q1\n vqmovnt.s32 q1, q3\n"                              \
    "vqadd.s16 q0, q0, %[offset]\n vqadd.s16 q1, q1, %[offset]\n vqmovnb.s16 q0, q0\n vqmovnt.s16 q0, q1\n"

/* The same from the block alone: biases, and six taps with the moves of nine. */
#define MCU_DW_BIAS_AT(at_0, at_1, at_2, at_3)                                                                         \
    "vldrw.32 q0, [%[w], #" at_0 "]\n vldrw.32 q1, [%[w], #" at_1 "]\n"                                                \
    "vldrw.32 q2, [%[w], #" at_2 "]\n vldrw.32 q3, [%[w], #" at_3 "]\n"
#define MCU_DW_LEFT                                                                                                    \
    MCU_DW_BIAS_AT("336", "352", "368", "384") MCU_DW_MOVE("tap") MCU_DW_PAIR("16", "tap", "32", "down")               \
    MCU_DW_MOVE("tap") MCU_DW_PAIR("64", "tap", "80", "below") MCU_DW_MOVE("tap")                                      \
    MCU_DW_PAIR("112", "tap", "128", "next")
#define MCU_DW_RIGHT                                                                                                   \
    MCU_DW_BIAS_AT("400", "416", "432", "448") MCU_DW_PAIR("0", "tap", "16", "tap") MCU_DW_MOVE("down")                \
    MCU_DW_PAIR("48", "tap", "64", "tap") MCU_DW_MOVE("below") MCU_DW_PAIR("96", "tap", "112", "tap")
#define MCU_DW_STORE_LANES(mask) "ldr %[t], [%[w], #" mask "]\n vmsr p0, %[t]\n vpst\n vstrbt.8 q0, [%[y]]\n"

/* The next blocks of the queue, as long as they are plain and no two of their products are of -128, whose sum would
 * need 17 bits: the first one that is not is prepared, and stays the next. */
static inline void mcu_depthwise_plain_mve(mcu_depthwise_block_mve *block)
{
    const int8_t *x;
    int8_t *y;
    int32_t temporary;
    int32_t tap;
    int32_t down;
    int32_t below;
    int32_t next;
    int32_t y_step;
    int32_t offset;
    int32_t rows;
    mve_pred16_t lanes;

    __asm__ volatile("1:\n" MCU_DW_TABLES MCU_DW_WEIGHTS
                     "cmp %[y_step], #0\n bgt 8f\n cmn %[down], #128\n beq 8f\n"
                     "ldrd %[x], %[y], [%[w], #564]\n strd %[x], %[y], [%[w], #512]\n add %[t], %[x], #16\n"
                     "add %[offset], %[y], #16\n strd %[t], %[offset], [%[w], #564]\n"
                     "ldr %[rows], [%[w], #528]\n mvn %[offset], #127\n"
                     "ldrd %[tap], %[down], [%[w], #496]\n ldrd %[below], %[next], [%[w], #504]\n"
                     "ldr %[y_step], [%[w], #492]\n"
                     "2:\n ldr %[t], [%[w], #464]\n wls lr, %[t], 3f\n"
                     MCU_DW_LEFT MCU_DW_PLAIN("w") MCU_DW_STORE_LANES("468")
                     "ldr %[t], [%[w], #472]\n subs %[x], %[x], %[t]\n add %[y], %[y], %[tap]\n"
                     "3:\n ldr %[t], [%[w], #476]\n wls lr, %[t], 5f\n"
                     "4:\n" MCU_DW_BIAS_AT("272", "288", "304", "320") MCU_DW_NINE_TAPS MCU_DW_PLAIN("w")
                     "vstrb.8 q0, [%[y]]\n add %[y], %[y], %[y_step]\n le lr, 4b\n"
                     "5:\n ldr %[t], [%[w], #480]\n wls lr, %[t], 6f\n"
                     "ldr %[t], [%[w], #488]\n subs %[x], %[x], %[t]\n subs %[y], %[y], %[t]\n"
                     MCU_DW_RIGHT MCU_DW_PLAIN("w") MCU_DW_STORE_LANES("484")
                     "6:\n ldrd %[x], %[y], [%[w], #512]\n ldrd %[t], lr, [%[w], #520]\n add %[x], %[x], %[t]\n"
                     "add %[y], %[y], lr\n strd %[x], %[y], [%[w], #512]\n"
                     "subs %[rows], %[rows], #1\n bne 2b\n"
                     "ldr %[t], [%[w], #576]\n subs %[t], %[t], #1\n str %[t], [%[w], #576]\n bne 1b\n b 9f\n"
                     "8:\n str %[down], [%[w], #580]\n"
                     "9:\n"
                     : [x] "=&r"(x), [y] "=&r"(y), [t] "=&r"(temporary), [tap] "=&r"(tap), [down] "=&r"(down),
                       [below] "=&r"(below), [next] "=&r"(next), [y_step] "=&r"(y_step), [offset] "=&r"(offset),
                       [rows] "=&r"(rows), "=Up"(lanes)
                     : [w] "r"(block)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory");
}

#define MCU_DW_ACCUMULATORS(text, steps, more, weights_at, bias_at)                                                    \
    register int32x4_t acc_0 __asm__("q0");                                                                            \
    register int32x4_t acc_1 __asm__("q1");                                                                            \
    register int32x4_t acc_2 __asm__("q2");                                                                            \
    register int32x4_t acc_3 __asm__("q3");                                                                            \
    __asm__ volatile(text : [x] "+&r"(x), "=&w"(acc_0), "=&w"(acc_1), "=&w"(acc_2), "=&w"(acc_3)                       \
                     : [tap] "r"(steps.tap), [down] "r"(steps.down + more), [below] "r"(steps.below + more),           \
                       [next] "r"(0), [w] "r"(weights_at), [bias] "r"(bias_at)                                         \
                     : "q4", "q5", "q6", "q7", "memory");                                                              \
    {                                                                                                                  \
        const mcu_accumulators_mve acc = {{acc_0, acc_1, acc_2, acc_3}};                                               \
        return acc;                                                                                                    \
    }

/* The accumulators of one pixel whose columns all lie inside the input. */
static inline mcu_accumulators_mve mcu_depthwise_nine_mve(const int8_t *x, mcu_depthwise_steps_mve steps,
                                                          const mcu_depthwise_block_mve *block)
{
    MCU_DW_ACCUMULATORS(MCU_DW_NINE, steps, 0, block, block->tables.bias)
}

/* The accumulators of a pixel at the left border (first_col 1) or at the right one (0), from six taps. */
static inline mcu_accumulators_mve mcu_depthwise_six_mve(const int8_t *x, mcu_depthwise_steps_mve steps,
                                                         int32_t first_col, const mcu_depthwise_block_mve *block)
{
    MCU_DW_ACCUMULATORS(MCU_DW_SIX, steps, steps.tap, block->weights[first_col], block->tables.bias[2 - first_col])
}

/* The 16 bytes of an output, in order. */
static inline int8x16_t mcu_depthwise_output_mve(const mcu_accumulators_mve *acc,
                                                 const mcu_depthwise_tables_mve *tables, mcu_output_mve output,
                                                 int is_plain)
{
    int32x4_t y[4];
    int16x8_t even;
    int16x8_t odd;

    for (int i = 0; i < 4; ++i) {
        const int32x4_t multiplier = vldrwq_s32(tables->multiplier + 4 * i);
        const int32x4_t shift = vldrwq_s32(tables->shift + 4 * i);
        y[i] = mcu_requantize_mve(acc->lanes[i], multiplier, shift, is_plain);
    }
    even = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), y[0]), y[2]);
    odd = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), y[1]), y[3]);
    even = vqaddq_n_s16(even, (int16_t)output.output_offset);
    odd = vqaddq_n_s16(odd, (int16_t)output.output_offset);
    {
        const int8x16_t bytes = vqmovntq_s16(vqmovnbq_s16(vdupq_n_s8(0), even), odd);
        if (is_plain) {
            return bytes;
        }
        return vminq_s8(vmaxq_s8(bytes, vdupq_n_s8((int8_t)output.act_min)), vdupq_n_s8((int8_t)output.act_max));
    }
}

#endif
