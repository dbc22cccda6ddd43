#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_avgpool_mve.h"
#elif MCU_DSP
#include "mcu_mean_dsp.h"
#endif

static int8_t mcu_average(int32_t total, int32_t count, int32_t act_min, int32_t act_max)
{
    const int32_t rounded = total > 0 ? total + count / 2 : total - count / 2;
    return (int8_t)mcu_min(mcu_max(rounded / count, act_min), act_max);
}

/* Mean of the window elements inside the input, halves rounded away from zero.
 * Loop order: output row, output column, channel, kernel row, kernel column. */
arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *pool_params,
                                   const cmsis_nn_dims *input_dims, const int8_t *x, const cmsis_nn_dims *filter_dims,
                                   const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    const int32_t input_row = input_dims->w * input_ch;
    const cmsis_nn_tile stride = pool_params->stride;
    const cmsis_nn_tile padding = pool_params->padding;
    const int32_t act_min = pool_params->activation.min;
    const int32_t act_max = pool_params->activation.max;

    (void)ctx;
    for (int32_t batch = 0; batch < input_dims->n; ++batch, x += input_dims->h * input_row) {
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            const int32_t top = out_row * stride.h - padding.h;
            const mcu_taps rows = mcu_taps_inside(top, 1, filter_dims->h, input_dims->h);

            for (int32_t out_col = 0; out_col < output_dims->w; ++out_col) {
                const int32_t left = out_col * stride.w - padding.w;
                const mcu_taps cols = mcu_taps_inside(left, 1, filter_dims->w, input_dims->w);
                const int32_t count = (rows.end - rows.begin) * (cols.end - cols.begin);

                if (count == 0) {
                    return ARM_CMSIS_NN_ARG_ERROR;
                }
                int32_t ch = 0;
#if MCU_HELIUM
                if (count > 1 && count <= MCU_MOST_AVERAGED_MVE) {
                    const mcu_pool_window_mve window = {
                        rows.end - rows.begin, cols.end - cols.begin, input_row, input_ch,
                        count, UINT32_MAX / (uint32_t)count + 1, act_min, act_max};
                    mcu_avgpool_mve(&window, x + (top + rows.begin) * input_row + (left + cols.begin) * input_ch, y);
                    ch = input_ch;
                }
#elif MCU_DSP
                for (; ch + 4 <= input_ch; ch += 4) {
                    int32_t sums[4];
                    mcu_sum_4(x + (top + rows.begin) * input_row + (left + cols.begin) * input_ch + ch, input_ch,
                              cols.end - cols.begin, input_row, rows.end - rows.begin, sums);
                    for (int32_t i = 0; i < 4; ++i) {
                        y[ch + i] = mcu_average(sums[i], count, act_min, act_max);
                    }
                }
#endif
                for (; ch < input_ch; ++ch) {
                    int32_t total = 0;
                    for (int32_t row = top + rows.begin; row < top + rows.end; ++row) {
                        const int8_t *x_row = x + row * input_row + ch;
                        for (int32_t col = left + cols.begin; col < left + cols.end; ++col) {
                            total += x_row[col * input_ch];
                        }
                    }
                    y[ch] = mcu_average(total, count, act_min, act_max);
                }
                y += input_ch;
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}
