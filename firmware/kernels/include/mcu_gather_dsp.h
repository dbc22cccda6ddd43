/* Pixels for mcu_pass_dsp.h that are what lies under the kernel of a convolution, one kernel row after the other. */
#ifndef MCU_GATHER_DSP_H
#define MCU_GATHER_DSP_H

#include "arm_nn_types.h"
#include "mcu_pointwise_pass_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* Elements of the largest kernel that is copied before it is widened. */
#define MCU_CONVOLVE_PATCH 128

/* Whether windows inside the input are read where they are: faster than patches, for 700 bytes of code. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_GATHERS_WINDOWS 0
#else
#define MCU_GATHERS_WINDOWS 1
#endif

/* A convolution without groups whose kernel rows cover adjacent elements. x: first row of the input. */
typedef struct {
    const int8_t *x;
    int32_t input_h, input_w, input_ch;
    int32_t kernel_h, kernel_w;
    int32_t top;     /* the input row under the first kernel row */
    int32_t rows_by; /* dilation */
    int32_t input_offset;
    int8_t *patch; /* a word for each four weights of a filter, where channels are no multiple of 4 */
} mcu_convolve_rows;

/* Where the next block of a stream lies, and how many come before a word between them. */
typedef struct {
    uint32_t *to;
    int32_t until, some;
} mcu_stream_place;

MCU_INLINE mcu_stream_place mcu_stream_begin(uint32_t *stream, int32_t blocks)
{
    const mcu_stream_place place = {stream, 1, (blocks - 1) % MCU_PASS_UNROLLED};
    return place;
}

/* Goes over `count` blocks of n pixels, at most place->until. */
MCU_INLINE void mcu_stream_move(mcu_stream_place *place, int32_t n, int32_t count)
{
    place->to += 2 * n * count;
    place->until -= count;
    if (place->until == 0) {
        ++place->to;
        if (place->some == 0) {
            ++place->to;
        }
        place->until = place->some > 0 ? place->some : MCU_PASS_UNROLLED;
        place->some = -1;
    }
}

/* Four channels of one pixel. */
MCU_INLINE void mcu_widen_word(uint32_t word, uint32_t twice, uint32_t *to)
{
    to[0] = mcu_add_even(mcu_add_even(twice, word), word);
    to[1] = mcu_add_odd(mcu_add_odd(twice, word), word);
}

/* Copies by words, of which the last overlaps the one before where need be. */
MCU_INLINE void mcu_convolve_copy(int8_t *to, const int8_t *from, int32_t count)
{
    if (count >= 4) {
        for (int32_t i = 0; i < count; i += 4) {
            const int32_t at = mcu_min(i, count - 4);
            const uint32_t word = mcu_load_4(from + at);
            memcpy(to + at, &word, 4);
        }
    } else if (count > 0) {
        to[0] = from[0];
        to[count / 2] = from[count / 2];
        to[count - 1] = from[count - 1];
    }
}

/* One pixel of a stream of n, for kernels of 4 to MCU_CONVOLVE_PATCH elements. left: column under its first tap. */
MCU_OUT_OF_LINE void mcu_convolve_gather_patch(const mcu_convolve_rows *rows, int32_t left, int32_t n,
                                               uint32_t *stream)
{
    const int32_t count = rows->kernel_w * rows->input_ch;
    const int32_t begin = mcu_max(left, 0);
    const int32_t inside = (mcu_min(left + rows->kernel_w, rows->input_w) - begin) * rows->input_ch;
    const int32_t row_step = rows->rows_by * rows->input_w * rows->input_ch;
    const mcu_widening widening = mcu_widening_of(rows->input_offset, rows->kernel_h * count);
    const int8_t *from = rows->x + (rows->top * rows->input_w + begin) * rows->input_ch;
    int8_t *end = rows->patch;

    for (int32_t kernel_row = 0, row = rows->top; kernel_row < rows->kernel_h; ++kernel_row, row += rows->rows_by) {
        const int is_inside = row >= 0 && row < rows->input_h && inside > 0;
        if (!is_inside || inside != count) {
            for (int32_t k = 0; k < count; ++k) {
                end[k] = (int8_t)-rows->input_offset;
            }
        }
        if (is_inside) {
            mcu_convolve_copy(end + (begin - left) * rows->input_ch, from, inside);
        }
        from += row_step;
        end += count;
    }
    mcu_widen_word(mcu_load_4(rows->patch), widening.twice, stream);
    stream[0] &= widening.even;
    stream[1] &= widening.odd;

    uint32_t *to = stream + 2 * n + 1;
    const int8_t *at = rows->patch + widening.first;
    for (int32_t turns = widening.turns, some = widening.some;; --turns, some = MCU_PASS_UNROLLED, ++to) {
        for (; some > 0; --some, at += 4, to += 2 * n) {
            mcu_widen_word(mcu_load_4(at), widening.twice, to);
        }
        if (turns == 0) {
            return;
        }
    }
}

/* `count` blocks of n pixels, which lie `step` elements apart. */
MCU_INLINE void mcu_gather_inside(int32_t n, const int8_t *x, int32_t step, uint32_t twice, int32_t count, uint32_t *to)
{
    MCU_PASS_FOR(n, mcu_widen_blocks, &x, step, twice, count, &to);
}

/* `count` of n pixels whose windows lie inside the input, `step` elements apart; kernel rows of at least 4 elements.
 * A word that two kernel rows share is put together from the end of the upper and the begin of the lower. */
MCU_OUT_OF_LINE void mcu_convolve_gather_windows(const mcu_convolve_rows *rows, int32_t left, int32_t step,
                                                 int32_t count, int32_t n, uint32_t *stream)
{
    const int32_t row_size = rows->kernel_w * rows->input_ch;
    const int32_t row_step = rows->rows_by * rows->input_w * rows->input_ch;
    const mcu_widening widening = mcu_widening_of(rows->input_offset, rows->kernel_h * row_size);
    const int8_t *row = rows->x + (rows->top * rows->input_w + left) * rows->input_ch;
    uint32_t *to = stream;
    int32_t at = 0;
    int32_t size = widening.first;

    for (int32_t until = 1, some = widening.some, turns = widening.turns;;) {
        const int32_t missing = at + size - row_size;
        const int8_t *x = row + at;
        if (missing > 0) {
            const uint32_t down = 8 * (uint32_t)missing;
            x = row + row_size - 4;
            row += row_step;
            for (int32_t i = count; i > 0; --i, x += step, to += 2) {
                const uint32_t upper = mcu_load_4(x) >> down;
                mcu_widen_word(upper | mcu_load_4(x + 4 - row_size + row_step) << (32 - down), widening.twice, to);
            }
            at = missing;
        } else {
            if (count == n) {
                mcu_gather_inside(n, x, step, widening.twice, 1, to);
                to += 2 * n;
            } else {
                for (int32_t i = count; i > 0; --i, x += step, to += 2) {
                    mcu_widen_word(mcu_load_4(x), widening.twice, to);
                }
            }
            at += size;
            if (at == row_size) {
                at = 0;
                row += row_step;
            }
        }
        to += 2 * (n - count);
        size = 4;
        if (--until == 0) {
            ++to;
            if (some == 0) {
                ++to;
            }
            if (some <= 0 && turns-- == 0) {
                break;
            }
            until = some > 0 ? some : MCU_PASS_UNROLLED;
            some = -1;
        }
    }
    for (int32_t i = 0; i < count; ++i) {
        stream[2 * i] &= widening.even;
        stream[2 * i + 1] &= widening.odd;
    }
}

/* Zeros for `count` pixels of a block and the same ones of `blocks` - 1 blocks behind, in a stream of n. */
MCU_INLINE void mcu_gather_zeros(int32_t count, int32_t n, int32_t blocks, uint32_t *to)
{
    for (; blocks > 0; --blocks, to += 2 * (n - count)) {
        for (int32_t i = count; i > 0; --i) {
            __asm__ volatile("strd %1, %1, [%0], #8" : "+&r"(to) : "r"(0) : "memory");
        }
    }
}

/* Blocks of one kernel column, for pixels of which some lie in padding there. `under`: the input's column for the
 * first, the others are `by` apart. */
MCU_INLINE void mcu_gather_border(const mcu_convolve_rows *rows, const int8_t *x, int32_t under, int32_t by,
                                       int32_t n, uint32_t twice, int32_t blocks, uint32_t *to)
{
    for (int32_t i = 0; i < n; ++i, under += by, x += by * rows->input_ch, to += 2) {
        uint32_t *at = to;
        if (under < 0 || under >= rows->input_w) {
            mcu_gather_zeros(1, n, blocks, to);
            continue;
        }
        for (int32_t k = 0; k < blocks; ++k, at += 2 * n) {
            mcu_widen_word(mcu_load_4(x + 4 * k), twice, at);
        }
    }
}

/* Blocks [begin, begin + blocks) under the kernel at n outputs, for channels by multiples of 4. left: column under the
 * first tap of the first, the others lie `by` columns apart. */
MCU_OUT_OF_LINE void mcu_convolve_gather_blocks(const mcu_convolve_rows *rows, int32_t left, int32_t by, int32_t n,
                                                int32_t begin, int32_t blocks, uint32_t *stream)
{
    const int32_t column = rows->input_ch / 4;
    const int32_t row_blocks = rows->kernel_w * column;
    const int32_t step = by * rows->input_ch;
    const int32_t last = left + (n - 1) * by;
    const int is_inside = left >= 0 && last + rows->kernel_w <= rows->input_w;
    const uint32_t twice = mcu_pair(2 * rows->input_offset);
    mcu_stream_place place = mcu_stream_begin(stream, blocks);
    int32_t row = rows->top + begin / row_blocks * rows->rows_by;

    for (int32_t at = begin % row_blocks; blocks > 0; at = 0, row += rows->rows_by) {
        const int has_row = row >= 0 && row < rows->input_h;
        const int8_t *x = rows->x + (row * rows->input_w + left) * rows->input_ch + 4 * at;
        const int32_t end = mcu_min(row_blocks, at + blocks);
        blocks -= end - at;

        for (int32_t count; at < end; at += count, x += 4 * count) {
            count = mcu_min(end - at, place.until);
            if (!has_row) {
                mcu_gather_zeros(n * count, n * count, 1, place.to);
            } else if (is_inside) {
                mcu_gather_inside(n, x, step, twice, count, place.to);
            } else {
                const int32_t col = at / column;
                count = mcu_min(count, (col + 1) * column - at);
                if (left + col >= 0 && last + col < rows->input_w) {
                    mcu_gather_inside(n, x, step, twice, count, place.to);
                } else {
                    mcu_gather_border(rows, x, left + col, by, n, twice, count, place.to);
                }
            }
            mcu_stream_move(&place, n, count);
        }
    }
}

/* The same for whatever mcu_convolve_fits takes. */
MCU_INLINE void mcu_convolve_gather(const mcu_convolve_rows *rows, int32_t left, int32_t by, int32_t n, int32_t begin,
                                    int32_t blocks, uint32_t *stream)
{
    if (rows->input_ch % 4 == 0) {
        mcu_convolve_gather_blocks(rows, left, by, n, begin, blocks, stream);
        return;
    }

    const int32_t below = rows->top + (rows->kernel_h - 1) * rows->rows_by;
    const int has_windows = MCU_GATHERS_WINDOWS && rows->top >= 0 && below < rows->input_h &&
                            rows->kernel_w * rows->input_ch >= 4;
    int32_t count;
    for (int32_t i = 0; i < n; i += count) {
        const int32_t first = left + i * by;
        count = 0;
        while (has_windows && i + count < n && first >= 0 && first + count * by + rows->kernel_w <= rows->input_w) {
            ++count;
        }
        if (count > 0) {
            mcu_convolve_gather_windows(rows, first, by * rows->input_ch, count, n, stream + 2 * i);
        } else {
            mcu_convolve_gather_patch(rows, first, n, stream + 2 * i);
            count = 1;
        }
    }
}

#endif

#endif
