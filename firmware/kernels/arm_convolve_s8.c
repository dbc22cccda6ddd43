#include <stddef.h>

#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_convolve_mve.h"
#elif MCU_DSP
#include "mcu_convolve_dsp.h"
#elif MCU_PACKED
#include "mcu_convolve_packed.h"
#include "mcu_convolve_parts.h"
#endif

/* The inputs under the kernel at one output position, padding left out: rows of runs of adjacent elements. */
typedef struct {
    const int8_t *x; /* first element of the first run */
    int32_t weights; /* where its weight lies in a filter */
    int32_t rows, x_row, weights_row;
    int32_t runs, x_run, weights_run;
    int32_t run_length;
} window;

/* Adds the products of a window, from channel first_ch of each pixel on, with two filters to their accumulators. */
static inline void add_products(const window *taps, int32_t first_ch, const int8_t *filter_a, const int8_t *filter_b,
                                int32_t input_offset, int32_t *acc_a, int32_t *acc_b)
{
    int32_t sum_a = *acc_a;
    int32_t sum_b = *acc_b;
    for (int32_t row = 0; row < taps->rows; ++row) {
        for (int32_t run = 0; run < taps->runs; ++run) {
            const int8_t *x = taps->x + first_ch + row * taps->x_row + run * taps->x_run;
            const int32_t first = taps->weights + row * taps->weights_row + run * taps->weights_run;
            const int8_t *weights_a = filter_a + first;
            const int8_t *weights_b = filter_b + first;
            for (int32_t i = 0; i < taps->run_length; ++i) {
                const int32_t value = x[i] + input_offset;
                sum_a += value * weights_a[i];
                sum_b += value * weights_b[i];
            }
        }
    }
    *acc_a = sum_a;
    *acc_b = sum_b;
}

/* Any convolution, straight from the input, without im2col. Where neither dilation nor groups interrupt it, the kernel
 * covers each input row in one run. Channels of a group are taken two by two; an odd last one is its own partner.
 * Loop order: output row, output column, group, output channel, kernel row, run. */
MCU_RARE void mcu_convolve_portable(const cmsis_nn_conv_params *conv_params,
                                    const cmsis_nn_per_channel_quant_params *quant_params,
                                    const cmsis_nn_dims *input_dims,
                                    const int8_t *x, const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                    const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    const int32_t kernel_ch = filter_dims->c;
    const int32_t groups = input_ch / kernel_ch;
    const int32_t group_ch = output_dims->c / groups;
    const int32_t input_row = input_dims->w * input_ch;
    const int32_t kernel_row = filter_dims->w * kernel_ch;
    const int32_t filter_size = filter_dims->h * kernel_row;
    const int32_t input_offset = conv_params->input_offset;
    const int32_t output_offset = conv_params->output_offset;
    const int32_t *multiplier = quant_params->multiplier;
    const int32_t *shift = quant_params->shift;
    const cmsis_nn_tile stride = conv_params->stride;
    const cmsis_nn_tile padding = conv_params->padding;
    const cmsis_nn_tile dilation = conv_params->dilation;
    const int32_t act_min = conv_params->activation.min;
    const int32_t act_max = conv_params->activation.max;
    const int row_is_one_run = dilation.w == 1 && groups == 1;
    window taps = {0};

    taps.x_row = dilation.h * input_row;
    taps.x_run = dilation.w * input_ch;
    taps.weights_row = kernel_row;
    taps.weights_run = kernel_ch;

    for (int32_t batch = 0; batch < input_dims->n; ++batch, x += input_dims->h * input_row) {
#if MCU_PACKED
        if (row_is_one_run && mcu_convolve_fits(filter_size)) {
            mcu_convolve_packed(conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims, y);
            y += output_dims->h * output_dims->w * output_dims->c;
            continue;
        }
        if (row_is_one_run && input_ch >= 2) {
            mcu_convolve_parts(conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims, y);
            y += output_dims->h * output_dims->w * output_dims->c;
            continue;
        }
#endif
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            const int32_t top = out_row * stride.h - padding.h;
            const mcu_taps rows = mcu_taps_inside(top, dilation.h, filter_dims->h, input_dims->h);

            for (int32_t out_col = 0; out_col < output_dims->w; ++out_col) {
                const int32_t left = out_col * stride.w - padding.w;
                const mcu_taps cols = mcu_taps_inside(left, dilation.w, filter_dims->w, input_dims->w);
                const int32_t covered = cols.end - cols.begin;

                taps.rows = covered > 0 ? rows.end - rows.begin : 0;
                if (taps.rows > 0) {
                    taps.x = x + (top + rows.begin * dilation.h) * input_row +
                             (left + cols.begin * dilation.w) * input_ch;
                    taps.weights = rows.begin * kernel_row + cols.begin * kernel_ch;
                    taps.runs = row_is_one_run ? 1 : covered;
                    taps.run_length = row_is_one_run ? covered * kernel_ch : kernel_ch;
                }
                for (int32_t group = 0; group < groups; ++group) {
                    const int32_t last_ch = (group + 1) * group_ch - 1;

                    for (int32_t ch = group * group_ch; ch <= last_ch; ch += 2) {
                        const int32_t next_ch = mcu_min(ch + 1, last_ch);
                        int32_t acc_a = bias[ch];
                        int32_t acc_b = bias[next_ch];
                        add_products(&taps, group * kernel_ch, weights + ch * filter_size,
                                     weights + next_ch * filter_size, input_offset, &acc_a, &acc_b);
                        y[ch] = mcu_rescale_s8(acc_a, multiplier[ch], shift[ch], output_offset, act_min, act_max);
                        y[next_ch] = mcu_rescale_s8(acc_b, multiplier[next_ch], shift[next_ch], output_offset, act_min,
                                                    act_max);
                    }
                }
                y += output_dims->c;
            }
        }
    }
}

arm_cmsis_nn_status arm_convolve_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                    const cmsis_nn_per_channel_quant_params *quant_params,
                                    const cmsis_nn_dims *input_dims, const int8_t *x, const cmsis_nn_dims *filter_dims,
                                    const int8_t *weights, const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                    const cmsis_nn_dims *upscale_dims, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t groups = input_dims->c / filter_dims->c;

    (void)ctx;
    (void)bias_dims;
    if (upscale_dims != NULL) {
        return ARM_CMSIS_NN_NO_IMPL_ERROR;
    }
    if (groups * filter_dims->c != input_dims->c || output_dims->c % groups != 0) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
#if MCU_HELIUM
    if (output_dims->c / groups >= 4) {
        mcu_convolve_mve(conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims, y);
        return ARM_CMSIS_NN_SUCCESS;
    }
#elif MCU_DSP
    if (groups == 1 && conv_params->dilation.w == 1 && mcu_convolve_fits(input_dims->c, filter_dims)) {
        mcu_convolve_dsp(conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims, y);
        return ARM_CMSIS_NN_SUCCESS;
    }
#endif
    mcu_convolve_portable(conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims, y);
    return ARM_CMSIS_NN_SUCCESS;
}
