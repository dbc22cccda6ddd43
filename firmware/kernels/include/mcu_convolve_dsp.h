/* Convolution with the DSP extension: what lies under the kernel at 1 to 6 adjacent outputs is widened to 16 bits on
 * the stack, zeros for padding, and then every output channel is a pass of mcu_pointwise_dsp.h.
 *
 * Stack: MCU_CONVOLVE_WORDS words, and MCU_CONVOLVE_PATCH bytes where the channels are no multiple of 4. */
#ifndef MCU_CONVOLVE_DSP_H
#define MCU_CONVOLVE_DSP_H

#include "mcu_pointwise_dsp.h"

#if defined(__ARM_FEATURE_DSP)

#if defined(__OPTIMIZE_SIZE__)
#define MCU_CONVOLVE_WORDS 128
#else
#define MCU_CONVOLVE_WORDS 288
#endif
#define MCU_CONVOLVE_PATCH 128

/* A convolution without groups whose kernel rows cover adjacent elements. x: first row of the input. */
typedef struct {
    const int8_t *x;
    int32_t input_h, input_w, input_ch;
    int32_t kernel_h, kernel_w;
    int32_t top;     /* the input row under the first kernel row */
    int32_t rows_by; /* dilation */
    uint32_t offset;
    int8_t zero;
} mcu_convolve_rows;

/* The elements of a kernel row, count of them, that lie inside the input: [before, before + inside). */
typedef struct {
    const int8_t *from;
    int32_t before, inside;
} mcu_convolve_run;

MCU_INLINE mcu_convolve_run mcu_convolve_run_at(const mcu_convolve_rows *rows, int32_t kernel_row, int32_t left)
{
    const int32_t row = rows->top + kernel_row * rows->rows_by;
    const int32_t begin = mcu_max(left, 0);
    const int32_t end = mcu_min(left + rows->kernel_w, rows->input_w);
    mcu_convolve_run run = {rows->x, 0, 0};

    if (row >= 0 && row < rows->input_h && end > begin) {
        run.from = rows->x + (row * rows->input_w + begin) * rows->input_ch;
        run.before = (begin - left) * rows->input_ch;
        run.inside = (end - begin) * rows->input_ch;
    }
    return run;
}

/* One pixel of mcu_pointwise_widen, for channels by multiples of 4. */
MCU_INLINE void mcu_convolve_widen_runs(const mcu_convolve_rows *rows, int32_t left, int32_t n, uint32_t *to)
{
    const int32_t count = rows->kernel_w * rows->input_ch;

    for (int32_t kernel_row = 0; kernel_row < rows->kernel_h; ++kernel_row) {
        const mcu_convolve_run run = mcu_convolve_run_at(rows, kernel_row, left);
        int32_t i = 0;
        for (; i < run.before; i += 4, to += 2 * n) {
            to[0] = to[1] = 0;
        }
        for (const int8_t *from = run.from; i < run.before + run.inside; i += 4, to += 2 * n, from += 4) {
            const uint32_t word = mcu_load_4(from);
            to[0] = mcu_add_even(rows->offset, word);
            to[1] = mcu_add_odd(rows->offset, word);
        }
        for (; i < count; i += 4, to += 2 * n) {
            to[0] = to[1] = 0;
        }
    }
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

/* One pixel of mcu_pointwise_widen, for any kernel of at most MCU_CONVOLVE_PATCH elements. */
MCU_INLINE void mcu_convolve_widen_patch(const mcu_convolve_rows *rows, int32_t left, int32_t n, uint32_t *to)
{
    int8_t patch[MCU_CONVOLVE_PATCH] __attribute__((aligned(4)));
    const int32_t count = rows->kernel_w * rows->input_ch;
    int8_t *end = patch;

    for (int32_t kernel_row = 0; kernel_row < rows->kernel_h; ++kernel_row) {
        const mcu_convolve_run run = mcu_convolve_run_at(rows, kernel_row, left);
        if (run.inside != count) {
            for (int32_t k = 0; k < count; ++k) {
                end[k] = rows->zero;
            }
        }
        mcu_convolve_copy(end + run.before, run.from, run.inside);
        end += count;
    }
    for (const int8_t *from = patch; from < end; from += 4, to += 2 * n) {
        const uint32_t word = mcu_load_4(from);
        to[0] = mcu_add_even(rows->offset, word);
        to[1] = mcu_add_odd(rows->offset, word);
    }
}

/* How many outputs at once, for filters of `size` elements; 0 where that is too many. */
MCU_INLINE int32_t mcu_convolve_fits(int32_t input_ch, int32_t size)
{
    return input_ch % 4 != 0 && size > MCU_CONVOLVE_PATCH ? 0 : MCU_CONVOLVE_WORDS / (2 * ((size + 3) / 4));
}

/* One output row, where mcu_convolve_fits is not 0. */
static inline void mcu_convolve_row_dsp(const cmsis_nn_conv_params *conv_params,
                                        const cmsis_nn_per_channel_quant_params *quant_params,
                                        const mcu_convolve_rows *rows, const int8_t *weights, const int32_t *bias,
                                        const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t size = rows->kernel_h * rows->kernel_w * rows->input_ch;
    const int32_t fit = mcu_convolve_fits(rows->input_ch, size);
    uint32_t wide[MCU_CONVOLVE_WORDS] __attribute__((aligned(8)));

    for (int32_t col = 0; col < output_dims->w;) {
        const int32_t n = mcu_pointwise_share(output_dims->w - col, fit);

        for (int32_t i = 0; i < n; ++i) {
            const int32_t left = (col + i) * conv_params->stride.w - conv_params->padding.w;
            if (rows->input_ch % 4 == 0) {
                mcu_convolve_widen_runs(rows, left, n, wide + 2 * i);
            } else {
                mcu_convolve_widen_patch(rows, left, n, wide + 2 * i);
            }
        }
        mcu_pointwise_pass_any(conv_params, quant_params, wide, size, weights, bias, output_dims->c, n, y);
        y += n * output_dims->c;
        col += n;
    }
}

#endif

#endif
