/* 1x1 convolution of a run of pixels on Cortex-M0 and M3. */
#ifndef MCU_POINTWISE_PACKED_H
#define MCU_POINTWISE_PACKED_H

#include "arm_nnsupportfunctions.h"
#include "mcu_clamp.h"
#include "mcu_offset_sums.h"
#if defined(__ARM_ARCH_6M__)
#include "mcu_packed_v6m.h"
#else
#include "mcu_packed_v7m.h"
#endif

/* Where the input has an offset, so many channels at a time get a bias that includes it. */
#define MCU_OFFSET_CHANNELS 8

/* How many pixels at a time: 0 if the words do not hold two. */
static inline int32_t mcu_packed_pixels(int32_t input_ch)
{
    if (input_ch < 2 || input_ch > MCU_PACKED_WORDS) {
        return 0;
    }
    return 2 * input_ch <= MCU_PACKED_WORDS ? 4 : 2;
}

/* Up to four pixels are packed once for all output channels; the last one takes the place of those that lack.
 * input_ch: such that mcu_packed_pixels is not 0.
 * Loop order: block of channels where the input has an offset, pixel, output channel, input channel. */
static inline void mcu_pointwise_packed(const cmsis_nn_conv_params *conv_params,
                                        const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                        int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                        const int32_t *bias, int32_t output_ch, int8_t *y)
{
    const int32_t input_offset = conv_params->input_offset;
    const int32_t most = mcu_packed_pixels(input_ch);
    const int32_t block = input_offset == 0 ? output_ch : MCU_OFFSET_CHANNELS;
    int32_t sums[MCU_OFFSET_CHANNELS];
    mcu_packed packed;

    mcu_begin_packed(&packed, conv_params, input_ch);
    for (int32_t ch = 0; ch < output_ch; ch += block) {
        const int32_t channels = mcu_min(block, output_ch - ch);
        const int32_t *bias_at = bias + ch;

        if (input_offset != 0) {
            mcu_add_offset(weights + ch * input_ch, input_ch, input_offset, bias + ch, channels, sums);
            bias_at = sums;
        }
        packed.to_multiplier = (int32_t)((uintptr_t)(quant_params->multiplier + ch) - (uintptr_t)bias_at);
        packed.to_shift = (int32_t)((uintptr_t)(quant_params->shift + ch) - (uintptr_t)bias_at);
        for (int32_t done = 0; done < pixels;) {
            const int32_t count = mcu_min(pixels - done, most);

            const int8_t *x_a = x + done * step;

            packed.bias = bias_at;
            mcu_begin_weights(&packed, weights + ch * input_ch);
            packed.y = y + done * output_ch + ch;
            packed.y_end = packed.y + channels;
            packed.to_second_pixel = count > 1 ? output_ch : 0;
            packed.to_fourth_pixel = (count - 1) * output_ch;
            packed.x = packed.words + MCU_PACKED_WORDS - (count > 2 ? 2 * input_ch : input_ch);
            mcu_pack_pixels(x_a, x_a + mcu_min(1, count - 1) * step, x_a + mcu_min(2, count - 1) * step,
                            x_a + (count - 1) * step, count, input_ch, (uint32_t *)packed.x);
            if (count > 2) {
                mcu_multiply_4_pixels(&packed);
            } else {
                mcu_multiply_2_pixels(&packed);
            }
            mcu_clamp(y + done * output_ch + ch, output_ch, count, channels, conv_params->activation);
            done += count;
        }
    }
}

#endif
