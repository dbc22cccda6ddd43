/* A row of a convolution with small filters as a 1x1 convolution, on Cortex-M0 and M3. */
#ifndef MCU_CONVOLVE_THUMB_H
#define MCU_CONVOLVE_THUMB_H

#include "arm_nnsupportfunctions.h"

#define MCU_GATHERED_BYTES 256

/* Copies the inputs under a filter; padding becomes the input's zero point, whose products the offset cancels. */
static inline void mcu_gather(const int8_t *x, int32_t input_row, mcu_taps rows, int32_t kernel_rows, int32_t first,
                              int32_t end, int32_t kernel_row, int8_t zero_point, int8_t *window)
{
    for (int32_t row = 0; row < kernel_rows; ++row, x += input_row, window += kernel_row) {
        const int inside = row >= rows.begin && row < rows.end;
        const int32_t begin = inside ? first : kernel_row;
        const int32_t stop = inside ? end : kernel_row;
        int32_t i = 0;

        for (; i < begin; ++i) {
            window[i] = zero_point;
        }
        for (; i < stop; ++i) {
            window[i] = x[i];
        }
        for (; i < kernel_row; ++i) {
            window[i] = zero_point;
        }
    }
}

/* x: the input; top: the row above which the kernel begins, in the input. As many windows as MCU_GATHERED_BYTES hold,
 * an even number where the row goes on, are gathered side by side and multiplied two by two. */
static inline void mcu_convolve_row(const cmsis_nn_conv_params *conv_params,
                                    const cmsis_nn_per_channel_quant_params *quant_params,
                                    const cmsis_nn_dims *input_dims, const int8_t *x, int32_t top, mcu_taps rows,
                                    const cmsis_nn_dims *filter_dims, const int8_t *weights, const int32_t *bias,
                                    const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t channels = input_dims->c;
    const int32_t input_row = input_dims->w * channels;
    const int32_t kernel_row = filter_dims->w * channels;
    const int32_t filter_size = filter_dims->h * kernel_row;
    const int32_t most = (MCU_GATHERED_BYTES / filter_size) & ~1;
    const int8_t zero_point = (int8_t)-conv_params->input_offset;
    int8_t gathered[MCU_GATHERED_BYTES];

    for (int32_t done = 0; done < output_dims->w;) {
        const int32_t pixels = mcu_min(output_dims->w - done, most);

        for (int32_t pixel = 0; pixel < pixels; ++pixel) {
            const int32_t left = (done + pixel) * conv_params->stride.w - conv_params->padding.w;
            const mcu_taps cols = mcu_taps_inside(left, 1, filter_dims->w, input_dims->w);
            mcu_gather(x + top * input_row + left * channels, conv_params->dilation.h * input_row, rows, filter_dims->h,
                       cols.begin * channels, cols.end * channels, kernel_row, zero_point,
                       gathered + pixel * filter_size);
        }
        mcu_pointwise_s8(conv_params, quant_params, gathered, filter_size, pixels, filter_size, weights, bias,
                         output_dims->c, y);
        y += pixels * output_dims->c;
        done += pixels;
    }
}

#endif
