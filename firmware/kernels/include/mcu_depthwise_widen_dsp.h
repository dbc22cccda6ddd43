/* Pixels for mcu_depthwise_dsp.h: four channels of three or four rows, widened to 16 bits, zeros for padding. */
#ifndef MCU_DEPTHWISE_WIDEN_DSP_H
#define MCU_DEPTHWISE_WIDEN_DSP_H

#include "arm_nn_types.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* Room for columns of a channel; the next channel lies behind. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_DEPTHWISE_COLUMNS 16
#else
#define MCU_DEPTHWISE_COLUMNS 26
#endif

/* Four channels of up to four rows, where some rows and columns may be padding. x: the first column inside. Rows 1, 2
 * and 3 lie `row` elements behind row 0; a row in padding lies where any other does. */
typedef struct {
    const int8_t *x;
    int32_t column;
    int32_t row[3];
    mcu_taps rows, columns;
    uint32_t offset;
} mcu_depthwise_window;

/* Channels 1 to 3, from 8 bytes behind channel 0 on. */
#define MCU_OTHERS \
    [to_1] "i"(8 * MCU_DEPTHWISE_COLUMNS - 8), [to_2] "i"(16 * MCU_DEPTHWISE_COLUMNS - 8), \
        [to_3] "i"(24 * MCU_DEPTHWISE_COLUMNS - 8)

/* PACK: bytes of two rows, in `low` and `other`, become two channels of both rows, 0 and 1 in `low`, 2 and 3 in `high`.
 * SXTAB16 then takes one channel of both rows. */
#define MCU_PACK(low, high, other) \
    "pkhtb " high ", " other ", " low ", asr #16\n\tpkhbt " low ", " low ", " other ", lsl #16\n\t"
#define MCU_STORE(from_a, from_b, to) \
    "sxtab16 %[t], %[offset], " from_a "\n\tsxtab16 %[u], %[offset], " from_b "\n\tstrd %[t], %[u], [%[to]" to "\n\t"
#define MCU_END \
    "subs %[count], #1\n\t" \
    "bne 1b"
#define MCU_USED \
    [x] "+&r"(x), [to] "+&r"(to), [count] "+&r"(count), [p] "=&r"(p), [q] "=&r"(q), [r] "=&r"(r), [t] "=&r"(t), \
        [u] "=&r"(u)

/* `count` > 0 columns of four channels; is_four: of four rows. 23 and 20 instructions a column. */
MCU_INLINE void mcu_depthwise_columns(const mcu_depthwise_window *window, int is_four, int32_t count, uint64_t *to)
{
    const int8_t *x = window->x;
    uint32_t p, q, r, s, t, u;

    if (is_four) {
        __asm__ volatile("1: ldr %[p], [%[x]]\n\t"
                         "ldr %[t], [%[x], %[row]]\n\t"
                         "ldr %[r], [%[x], %[row], lsl #1]\n\t"
                         "ldr %[u], [%[x], %[row_3]]\n\t" MCU_PACK("%[p]", "%[q]", "%[t]")
                         MCU_PACK("%[r]", "%[s]", "%[u]") MCU_STORE("%[p]", "%[r]", "], #8")
                         MCU_STORE("%[p], ror #8", "%[r], ror #8", ", %[to_1]]") MCU_STORE("%[q]", "%[s]", ", %[to_2]]")
                         MCU_STORE("%[q], ror #8", "%[s], ror #8", ", %[to_3]]")
                         "add %[x], %[column]\n\t" MCU_END
                         : MCU_USED, [s] "=&r"(s)
                         : [column] "r"(window->column), [row] "r"(window->row[0]), [row_3] "r"(window->row[2]),
                           [offset] "r"(window->offset), MCU_OTHERS
                         : "cc", "memory");
    } else {
        __asm__ volatile("1: ldr %[p], [%[x]]\n\t"
                         "ldr %[t], [%[x], %[row]]\n\t"
                         "ldr %[r], [%[x], %[row_2]]\n\t" MCU_PACK("%[p]", "%[q]", "%[t]")
                         MCU_STORE("%[p]", "%[r]", "], #8") MCU_STORE("%[p], ror #8", "%[r], ror #8", ", %[to_1]]")
                         MCU_STORE("%[q]", "%[r], ror #16", ", %[to_2]]")
                         MCU_STORE("%[q], ror #8", "%[r], ror #24", ", %[to_3]]")
                         "add %[x], %[column]\n\t" MCU_END
                         : MCU_USED
                         : [column] "r"(window->column), [row] "r"(window->row[0]), [row_2] "r"(window->row[1]),
                           [offset] "r"(window->offset), MCU_OTHERS
                         : "cc", "memory");
    }
}

#undef MCU_PACK
#undef MCU_STORE
#undef MCU_END
#undef MCU_USED

/* Zeros for columns [begin, end). */
MCU_INLINE void mcu_depthwise_clear(uint64_t *to, int32_t begin, int32_t end)
{
    to += begin;
    for (int32_t count = end - begin; count > 0; --count) {
        __asm__ volatile("strd %1, %1, [%0], #8\n\t"
                         "strd %1, %1, [%0, %[to_1]]\n\t"
                         "strd %1, %1, [%0, %[to_2]]\n\t"
                         "strd %1, %1, [%0, %[to_3]]"
                         : "+&r"(to)
                         : "r"(0), MCU_OTHERS
                         : "memory");
    }
}

/* `columns` columns of a window of three or four rows; of four, all are inside. */
MCU_OUT_OF_LINE void mcu_depthwise_widen(const mcu_depthwise_window *window, int is_four, int32_t columns,
                                         uint64_t *to)
{
    const int32_t begin = window->columns.begin;
    const int32_t end = window->columns.end;

    if (window->rows.begin == window->rows.end || begin == end) {
        mcu_depthwise_clear(to, 0, columns);
        return;
    }
    mcu_depthwise_clear(to, 0, begin);
    mcu_depthwise_clear(to, end, columns);
    if (is_four) {
        mcu_depthwise_columns(window, 1, end - begin, to + begin);
        return;
    }
    mcu_depthwise_columns(window, 0, end - begin, to + begin);
    for (int32_t row = 0; row < 3; ++row) {
        int16_t *at = (int16_t *)(to + begin) + row;
        if (row >= window->rows.begin && row < window->rows.end) {
            continue;
        }
        for (int32_t count = end - begin; count > 0; --count, at += 4) {
            at[0] = at[4 * MCU_DEPTHWISE_COLUMNS] = at[8 * MCU_DEPTHWISE_COLUMNS] = at[12 * MCU_DEPTHWISE_COLUMNS] = 0;
        }
    }
}

/* Points the window at rows from `top` of the input on; returns column 0 of the first that lies inside. */
MCU_INLINE const int8_t *mcu_depthwise_set_rows(mcu_depthwise_window *window, const int8_t *x,
                                                const cmsis_nn_dims *input_dims, int32_t top, int32_t rows)
{
    const int32_t input_row = input_dims->w * input_dims->c;
    const mcu_taps inside = mcu_taps_inside(top, 1, rows, input_dims->h);
    const int32_t last = inside.end - 1;

    window->rows = inside;
    window->row[0] = (mcu_min(mcu_max(1, inside.begin), last) - inside.begin) * input_row;
    window->row[1] = (mcu_min(2, last) - inside.begin) * input_row;
    window->row[2] = (mcu_min(3, last) - inside.begin) * input_row;
    return x + (top + inside.begin) * input_row;
}

#undef MCU_OTHERS

#endif

#endif
