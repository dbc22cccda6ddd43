/* Convolution with small filters as a 1x1 convolution of gathered windows, on Cortex-M0 and M3. */
#ifndef MCU_CONVOLVE_PACKED_H
#define MCU_CONVOLVE_PACKED_H

#include <string.h>

#include "arm_nnsupportfunctions.h"
#include "mcu_offset_sums.h"

#if defined(__OPTIMIZE_SIZE__)
#define MCU_GATHERED_BYTES 112
#define MCU_SUMMED_CHANNELS 16
#define MCU_WINDOWS_AT_ONCE 2
#else
#define MCU_GATHERED_BYTES 256
#define MCU_SUMMED_CHANNELS 64
#define MCU_WINDOWS_AT_ONCE 4
#endif

/* Copies runs of at least one byte, `step` apart, to places `window_step` apart; on Cortex-M3 by words, from and to any
 * address, if the compiler may do so. In assembly, as GCC would call memcpy for so few. */
static inline void mcu_copy_runs(const int8_t *x, int32_t step, int32_t runs, int32_t length, int8_t *window,
                                 int32_t window_step)
{
    int32_t left;
    uint32_t word;

#if defined(__ARM_FEATURE_UNALIGNED)
    __asm__ volatile("1:\n\t"
                     "subs %[left], %[length], #4\n\t"
                     "blt 3f\n"
                     "2:\n\t"
                     "ldr %[word], [%[x]], #4\n\t"
                     "str %[word], [%[window]], #4\n\t"
                     "subs %[left], #4\n\t"
                     "bge 2b\n"
                     "3:\n\t"
                     "adds %[left], #4\n\t"
                     "beq 5f\n"
                     "4:\n\t"
                     "ldrb %[word], [%[x]], #1\n\t"
                     "strb %[word], [%[window]], #1\n\t"
                     "subs %[left], #1\n\t"
                     "bne 4b\n"
                     "5:\n\t"
                     "add %[x], %[gap]\n\t"
                     "add %[window], %[window_gap]\n\t"
                     "subs %[runs], #1\n\t"
                     "bne 1b"
                     : [x] "+&r"(x), [runs] "+&r"(runs), [window] "+&r"(window), [left] "=&r"(left), [word] "=&r"(word)
                     : [length] "r"(length), [gap] "r"(step - length), [window_gap] "r"(window_step - length)
                     : "cc", "memory");
#else
    for (; runs > 0; --runs, x += step, window += window_step) {
        left = length;
        __asm__ volatile(".syntax unified\n"
                         "2:\n\t"
                         "subs %[left], #1\n\t"
                         "ldrb %[word], [%[x], %[left]]\n\t"
                         "strb %[word], [%[window], %[left]]\n\t"
                         "bne 2b"
                         : [left] "+&l"(left), [word] "=&l"(word)
                         : [x] "l"(x), [window] "l"(window)
                         : "cc", "memory");
    }
#endif
}

/* The inputs under a filter at one output position, rows of one run each; padding becomes the input's zero point, whose
 * products the offset cancels. */
static inline void mcu_gather_window(const cmsis_nn_conv_params *conv_params, const cmsis_nn_dims *input_dims,
                                     const int8_t *x, const cmsis_nn_dims *filter_dims, int32_t top, int32_t left,
                                     int8_t *window)
{
    const int32_t channels = input_dims->c;
    const int32_t dilation = conv_params->dilation.h;
    const int32_t row_step = dilation * input_dims->w * channels;
    const int32_t kernel_row = filter_dims->w * channels;

    const mcu_taps rows = mcu_taps_inside(top, dilation, filter_dims->h, input_dims->h);
    const mcu_taps cols = mcu_taps_inside(left, 1, filter_dims->w, input_dims->w);
    const int32_t row_count = rows.end - rows.begin;
    const int32_t col_count = cols.end - cols.begin;

    if (row_count < filter_dims->h || col_count < filter_dims->w) {
        memset(window, (int8_t)-conv_params->input_offset, (size_t)(filter_dims->h * kernel_row));
    }
    if (row_count > 0 && col_count > 0) {
        mcu_copy_runs(x + rows.begin * row_step + (top * input_dims->w + left + cols.begin) * channels, row_step,
                      row_count, col_count * channels, window + rows.begin * kernel_row + cols.begin * channels,
                      kernel_row);
    }
}

/* Whether two windows can be gathered. */
static inline int mcu_convolve_fits(int32_t filter_size)
{
    return 2 * filter_size <= MCU_GATHERED_BYTES;
}

/* One image. Windows are gathered side by side, from row to row, as many as fit: multiples of four or two. Without
 * groups or dilation along a row. */
static inline void mcu_convolve_packed(const cmsis_nn_conv_params *conv_params,
                                       const cmsis_nn_per_channel_quant_params *quant_params,
                                       const cmsis_nn_dims *input_dims, const int8_t *x,
                                       const cmsis_nn_dims *filter_dims, const int8_t *weights, const int32_t *bias,
                                       const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t filter_size = filter_dims->h * filter_dims->w * input_dims->c;
    const int32_t fitting = MCU_GATHERED_BYTES / filter_size;
    const int32_t most = fitting >= MCU_WINDOWS_AT_ONCE ? fitting & -MCU_WINDOWS_AT_ONCE : fitting & ~1;
    cmsis_nn_conv_params params = *conv_params;
    int32_t sums[MCU_SUMMED_CHANNELS];
    int8_t gathered[MCU_GATHERED_BYTES];
    int32_t count = 0;

    if (params.input_offset != 0 && output_dims->c <= MCU_SUMMED_CHANNELS) {
        mcu_add_offset(weights, filter_size, params.input_offset, bias, output_dims->c, sums);
        bias = sums;
        params.input_offset = 0;
    }
    for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
        const int32_t top = out_row * params.stride.h - params.padding.h;

        for (int32_t out_col = 0; out_col < output_dims->w; ++out_col) {
            const int32_t left = out_col * params.stride.w - params.padding.w;

            mcu_gather_window(conv_params, input_dims, x, filter_dims, top, left, gathered + count * filter_size);
            ++count;
            if (count == most || (out_row == output_dims->h - 1 && out_col == output_dims->w - 1)) {
                mcu_pointwise_s8(&params, quant_params, gathered, filter_size, count, filter_size, weights, bias,
                                 output_dims->c, y);
                y += count * output_dims->c;
                count = 0;
            }
        }
    }
}

#endif
