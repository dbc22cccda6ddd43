/* Convolution with large filters on Cortex-M0 and M3: the inputs of four windows are packed where they lie, one part of
 * a kernel row after the other. */
#ifndef MCU_CONVOLVE_PARTS_H
#define MCU_CONVOLVE_PARTS_H

#include <string.h>

#include "arm_nnsupportfunctions.h"
#include "mcu_clamp.h"
#include "mcu_packed.h"

/* The input under a filter at one output position: which kernel rows and which elements of each lie inside, and where
 * the first element of all lies or would lie. */
typedef struct {
    mcu_taps rows;
    mcu_taps elements;
    int32_t x;
} mcu_window;

static inline mcu_window mcu_window_at(int32_t top, int32_t left, const cmsis_nn_conv_params *conv_params,
                                       const cmsis_nn_dims *input_dims, const cmsis_nn_dims *filter_dims)
{
    mcu_window window;

    window.rows = mcu_taps_inside(top, conv_params->dilation.h, filter_dims->h, input_dims->h);
    window.elements = mcu_taps_inside(left, 1, filter_dims->w, input_dims->w);
    window.elements.begin *= input_dims->c;
    window.elements.end *= input_dims->c;
    window.x = (top * input_dims->w + left) * input_dims->c;
    return window;
}

/* Where four windows have element `at` of a kernel row, zeros where that is padding. The row begins `offset` behind the
 * first one. Returns how many elements of it, from there on, are all inside or all padding in each window. */
static inline int32_t mcu_run_at(const mcu_window windows[4], int32_t row, int32_t offset, int32_t at,
                                 int32_t kernel_row, const int8_t *x, const int8_t *zeros, const int8_t *x_at[4])
{
    int32_t end = kernel_row;

    for (int32_t i = 0; i < 4; ++i) {
        const mcu_window *window = windows + i;

        x_at[i] = zeros;
        if (row >= window->rows.begin && row < window->rows.end && at < window->elements.end) {
            int32_t stop = window->elements.begin;
            if (at >= stop) {
                x_at[i] = x + (window->x + offset + at);
                stop = window->elements.end;
            }
            end = mcu_min(end, stop);
        }
    }
    return end - at;
}

/* One image of at least two channels, without groups or dilation along a row.
 * Loop order: block of output channels, output position, kernel row, part of it, output channel, element. */
static __attribute__((noinline)) void mcu_convolve_parts(const cmsis_nn_conv_params *conv_params,
                                                         const cmsis_nn_per_channel_quant_params *quant_params,
                                                         const cmsis_nn_dims *input_dims, const int8_t *x,
                                                         const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                                         const int32_t *bias, const cmsis_nn_dims *output_dims,
                                                         int8_t *y)
{
    const int32_t input_offset = conv_params->input_offset;
    const int32_t input_row = conv_params->dilation.h * input_dims->w * input_dims->c;
    const int32_t kernel_row = filter_dims->w * input_dims->c;
    const int32_t filter_size = filter_dims->h * kernel_row;
    const int32_t output_ch = output_dims->c;
    const int32_t positions = output_dims->h * output_dims->w;
    int8_t zeros[MCU_PART];
    int32_t sums[MCU_HELD_CHANNELS];
    mcu_packed packed;

    memset(zeros, (int8_t)-input_offset, sizeof zeros);
    mcu_begin_packed(&packed, conv_params, filter_size);
    for (int32_t ch = 0; ch < output_ch; ch += MCU_HELD_CHANNELS, weights += MCU_HELD_CHANNELS * filter_size) {
        const int32_t channels = mcu_min(MCU_HELD_CHANNELS, output_ch - ch);
        int32_t out_row = 0;
        int32_t out_col = 0;

        mcu_begin_channels(&packed, quant_params, ch, channels, weights, input_offset, bias, sums);
        for (int32_t done = 0; done < positions; done += 4) {
            const int32_t count = mcu_min(positions - done, 4);
            int8_t *y_at = y + done * output_ch + ch;
            mcu_window windows[4];
            int32_t length;

            for (int32_t i = 0; i < 4; ++i) {
                windows[i] = mcu_window_at(out_row * conv_params->stride.h - conv_params->padding.h,
                                           out_col * conv_params->stride.w - conv_params->padding.w, conv_params,
                                           input_dims, filter_dims);
                if ((i == 3 || mcu_pixel_of(i + 1, count) > mcu_pixel_of(i, count)) && ++out_col == output_dims->w) {
                    out_col = 0;
                    ++out_row;
                }
            }
            mcu_begin_outputs(&packed, count, output_ch, channels, y_at);
            for (int32_t row = 0; row < filter_dims->h; ++row) {
                for (int32_t at = 0; at < kernel_row; at += length) {
                    const int8_t *x_at[4];
                    const int32_t done_of_filter = row * kernel_row + at;

                    length = mcu_part_of(mcu_run_at(windows, row, row * input_row, at, kernel_row, x, zeros, x_at));
                    mcu_multiply_part(&packed, x_at, length, weights + done_of_filter,
                                      done_of_filter + length == filter_size);
                }
            }
            mcu_clamp(y_at, output_ch, count, channels, conv_params->activation);
        }
    }
}

#endif
