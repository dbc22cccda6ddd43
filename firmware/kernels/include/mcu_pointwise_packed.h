/* 1x1 convolution of a run of pixels on Cortex-M0 and M3. */
#ifndef MCU_POINTWISE_PACKED_H
#define MCU_POINTWISE_PACKED_H

#include "arm_nnsupportfunctions.h"
#include "mcu_clamp.h"
#include "mcu_multiply_vector.h"
#include "mcu_packed.h"

/* How many of the last pixels are better taken one by one: one, or two that do not fit the words together. */
static inline int32_t mcu_pixels_alone(int32_t pixels, int32_t input_ch, int32_t output_ch)
{
    const int32_t rest = pixels & 3;
    return output_ch >= 4 && rest <= (input_ch > MCU_PACKED_WORDS ? 2 : 1) ? rest : 0;
}

static inline void mcu_pointwise_alone(const cmsis_nn_conv_params *conv_params,
                                       const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                       int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                       const int32_t *bias, int32_t output_ch, int8_t *y)
{
    const mcu_filters filters = {
        conv_params->input_offset, conv_params->output_offset, conv_params->activation,
        quant_params->multiplier,  quant_params->shift,        1};

    for (; pixels > 0; --pixels, x += step, y += output_ch) {
        mcu_multiply_vector(&filters, x, input_ch, weights, bias, output_ch, y);
    }
}

/* input_ch: at least 2. Where sums are held or biases prepared, it is for a block of output channels.
 * Loop order: block of output channels, pixel, part of the input channels, output channel, input channel. */
static inline void mcu_pointwise_packed(const cmsis_nn_conv_params *conv_params,
                                        const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                        int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                        const int32_t *bias, int32_t output_ch, int8_t *y)
{
    const int32_t input_offset = conv_params->input_offset;
    const int32_t block = input_offset == 0 && input_ch <= MCU_PART ? output_ch : MCU_HELD_CHANNELS;
    int32_t sums[MCU_HELD_CHANNELS];
    mcu_packed packed;

    mcu_begin_packed(&packed, conv_params, input_ch);
    for (int32_t ch = 0; ch < output_ch; ch += block, weights += block * input_ch) {
        const int32_t channels = mcu_min(block, output_ch - ch);

        mcu_begin_channels(&packed, quant_params, ch, channels, weights, input_offset, bias, sums);
        for (int32_t done = 0; done < pixels; done += 4) {
            const int32_t count = mcu_min(pixels - done, 4);
            int8_t *y_at = y + done * output_ch + ch;

            mcu_begin_outputs(&packed, count, output_ch, channels, y_at);
            mcu_multiply_pixels(&packed, x + done * step, step, count, weights);
            mcu_clamp(y_at, output_ch, count, channels, conv_params->activation);
        }
    }
}

#endif
