/* Convolution with small filters as a 1x1 convolution of gathered windows, on Cortex-M0 and M3. */
#ifndef MCU_CONVOLVE_PACKED_H
#define MCU_CONVOLVE_PACKED_H

#include <string.h>

#include "arm_nnsupportfunctions.h"
#include "mcu_clamp.h"
#include "mcu_packed.h"

/* Output channels whose biases are prepared at once where the input has an offset. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_SUMMED_CHANNELS 16
#else
#define MCU_SUMMED_CHANNELS 64
#endif

/* Windows are gathered where longer filters hold their sums. */
#define MCU_GATHERED_BYTES (16 * MCU_HELD_CHANNELS)

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

/* Whether two windows can be gathered. */
static inline int mcu_convolve_fits(int32_t filter_size)
{
    return filter_size >= 2 && 2 * filter_size <= MCU_GATHERED_BYTES;
}

/* One image, without groups or dilation along a row. Four windows, or two, are gathered side by side, from row to row;
 * padding becomes the input's zero point, whose products the offset cancels.
 * Loop order: block of output channels, output row, output column, output channel, element. */
static __attribute__((noinline)) void mcu_convolve_packed(const cmsis_nn_conv_params *conv_params,
                                                          const cmsis_nn_per_channel_quant_params *quant_params,
                                                          const cmsis_nn_dims *input_dims, const int8_t *x,
                                                          const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                                          const int32_t *bias, const cmsis_nn_dims *output_dims,
                                                          int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    const int32_t input_w = input_dims->w;
    const int32_t row_step = conv_params->dilation.h * input_w * input_ch;
    const int32_t kernel_w = filter_dims->w;
    const int32_t kernel_row = kernel_w * input_ch;
    const int32_t filter_size = filter_dims->h * kernel_row;
    const int32_t output_ch = output_dims->c;
    const int32_t input_offset = conv_params->input_offset;
    const int32_t block = input_offset == 0 ? output_ch : MCU_SUMMED_CHANNELS;
    int32_t sums[MCU_SUMMED_CHANNELS];
    mcu_packed packed;
    int8_t *const gathered = (int8_t *)packed.held;
    int8_t *const gathered_end = gathered + (filter_size <= MCU_PART ? 4 : 2) * filter_size;

    mcu_begin_packed(&packed, conv_params, filter_size);
    for (int32_t ch = 0; ch < output_ch; ch += block, weights += block * filter_size) {
        const int32_t channels = mcu_min(block, output_ch - ch);
        int8_t *y_at = y + ch;
        int8_t *window = gathered;
        int32_t count = 0;
        int32_t left_to_do = output_dims->h * output_dims->w;

        mcu_begin_channels(&packed, quant_params, ch, channels, weights, input_offset, bias, sums);
        for (int32_t top = -conv_params->padding.h; left_to_do > 0; top += conv_params->stride.h) {
            const mcu_taps rows = mcu_taps_inside(top, conv_params->dilation.h, filter_dims->h, input_dims->h);
            const int32_t row_count = rows.end - rows.begin;
            const int8_t *x_row = x + (rows.begin * row_step + top * input_w * input_ch);
            int32_t left = -conv_params->padding.w;

            for (int32_t cols_to_do = output_dims->w; cols_to_do > 0; --cols_to_do, left += conv_params->stride.w) {
                const mcu_taps cols = mcu_taps_inside(left, 1, kernel_w, input_w);
                const int32_t col_count = cols.end - cols.begin;

                if (row_count < filter_dims->h || col_count < kernel_w) {
                    memset(window, (int8_t)-input_offset, (size_t)filter_size);
                }
                if (row_count > 0 && col_count > 0) {
                    mcu_copy_runs(x_row + (left + cols.begin) * input_ch, row_step, row_count, col_count * input_ch,
                                  window + rows.begin * kernel_row + cols.begin * input_ch, kernel_row);
                }
                window += filter_size;
                ++count;
                --left_to_do;
                if (window == gathered_end || left_to_do == 0) {
                    mcu_begin_outputs(&packed, count, output_ch, channels, y_at);
                    mcu_multiply_pixels(&packed, gathered, filter_size, count, weights);
                    mcu_clamp(y_at, output_ch, count, channels, conv_params->activation);
                    y_at += count * output_ch;
                    window = gathered;
                    count = 0;
                }
            }
        }
    }
}

#endif
