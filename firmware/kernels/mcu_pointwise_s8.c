#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_PACKED
#include "mcu_pointwise_packed.h"
#endif
#if MCU_HELIUM
#include "mcu_pointwise_mve.h"
#elif MCU_DSP
#include "mcu_pointwise_pass_dsp.h"
#include "mcu_vector_dsp.h"
#elif MCU_THUMB
#include "mcu_pointwise_unpacked.h"
#endif

/* 1x1 convolution of a run of pixels: both 1x1 entry points end here, but where arm_convolve_1x1_s8_fast has
 * mcu_pointwise_mve inside. Pixels and output channels are taken two by two, so that every load serves two products; an
 * odd last one is its own partner and is computed twice.
 * Loop order: pixel, output channel, input channel. */
void mcu_pointwise_s8(const cmsis_nn_conv_params *conv_params, const cmsis_nn_per_channel_quant_params *quant_params,
                      const int8_t *x, int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                      const int32_t *bias, int32_t output_ch, int8_t *y)
{
#if MCU_PACKED
    if (input_ch >= 2) {
        const int32_t alone = mcu_pixels_alone(pixels, input_ch, output_ch);
        const int32_t packed = pixels - alone;

        if (packed > 0) {
            mcu_pointwise_packed(conv_params, quant_params, x, step, packed, input_ch, weights, bias, output_ch, y);
        }
        mcu_pointwise_alone(conv_params, quant_params, x + packed * step, step, alone, input_ch, weights, bias,
                            output_ch, y + packed * output_ch);
        return;
    }
#endif
#if MCU_THUMB
    mcu_pointwise_unpacked(conv_params, quant_params, x, step, pixels, input_ch, weights, bias, output_ch, y);
#elif MCU_DSP
    if (pixels > 1 && input_ch >= 4 &&
        mcu_pointwise_pixels(MCU_POINTWISE_SCRATCH, (input_ch + 3) / 4, output_ch) > 0) {
        mcu_pointwise_passes(conv_params, quant_params, x, step, pixels, input_ch, weights, bias, output_ch, y);
        return;
    }
    const mcu_output_dsp output = {conv_params->output_offset, conv_params->activation};
    for (int32_t pixel = 0; pixel < pixels; ++pixel) {
        mcu_vector_times_filters(x + pixel * step, input_ch, conv_params->input_offset, weights, bias,
                                 quant_params->multiplier, quant_params->shift, 1, output_ch, &output,
                                 y + pixel * output_ch);
    }
#else
    const int32_t input_offset = conv_params->input_offset;
    const int32_t output_offset = conv_params->output_offset;
    const int32_t *multiplier = quant_params->multiplier;
    const int32_t *shift = quant_params->shift;
    const int32_t act_min = conv_params->activation.min;
    const int32_t act_max = conv_params->activation.max;

#if MCU_HELIUM
    if (mcu_pointwise_mve(conv_params, quant_params, x, step, pixels, input_ch, weights, bias, output_ch, y)) {
        return;
    }
#endif
    for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
        const int32_t next_pixel = mcu_min(pixel + 1, pixels - 1);
        const int8_t *x_a = x + pixel * step;
        const int8_t *x_b = x + next_pixel * step;
        int8_t *y_a = y + pixel * output_ch;
        int8_t *y_b = y + next_pixel * output_ch;

        for (int32_t ch = 0; ch < output_ch; ch += 2) {
            const int32_t next_ch = mcu_min(ch + 1, output_ch - 1);
            const int8_t *weights_a = weights + ch * input_ch;
            const int8_t *weights_b = weights + next_ch * input_ch;
            int32_t acc_aa = bias[ch];
            int32_t acc_ab = bias[next_ch];
            int32_t acc_ba = acc_aa;
            int32_t acc_bb = acc_ab;

            for (int32_t in_ch = 0; in_ch < input_ch; ++in_ch) {
                const int32_t value_a = x_a[in_ch] + input_offset;
                const int32_t value_b = x_b[in_ch] + input_offset;
                acc_aa += value_a * weights_a[in_ch];
                acc_ab += value_a * weights_b[in_ch];
                acc_ba += value_b * weights_a[in_ch];
                acc_bb += value_b * weights_b[in_ch];
            }
            y_a[ch] = mcu_rescale_s8(acc_aa, multiplier[ch], shift[ch], output_offset, act_min, act_max);
            y_b[ch] = mcu_rescale_s8(acc_ba, multiplier[ch], shift[ch], output_offset, act_min, act_max);
            y_a[next_ch] = mcu_rescale_s8(acc_ab, multiplier[next_ch], shift[next_ch], output_offset, act_min, act_max);
            y_b[next_ch] = mcu_rescale_s8(acc_bb, multiplier[next_ch], shift[next_ch], output_offset, act_min, act_max);
        }
    }
#endif
}
