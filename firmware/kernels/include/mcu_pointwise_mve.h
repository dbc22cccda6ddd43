/* 1x1 convolution with Helium: chooses by depth among the ways of the headers below. Only for cores with
 * __ARM_FEATURE_MVE. */
#ifndef MCU_POINTWISE_MVE_H
#define MCU_POINTWISE_MVE_H

#include "mcu_filters_mve.h"
#include "mcu_pointwise_blocks_mve.h"
#include "mcu_pointwise_held_mve.h"
#include "mcu_pointwise_pixels_mve.h"
#include "mcu_pointwise_shallow_mve.h"

/* From here on it pays to prepare each filter once for all pixels. */
#define MCU_MANY_PIXELS_MVE 12

void mcu_filter_pixels_mve(const mcu_filters_mve *filters, const int8_t *x, int32_t step, int32_t pixels, int8_t *y)
{
    const int32_t depth = filters->depth;
    const int32_t channels = filters->channels;
    const int is_held = depth >= 16 && depth <= 64 && (depth % 16 == 0 || channels > 4);
    const int is_shallow = depth <= 16 && filters->is_plain;

    if (is_held && !is_shallow && pixels > 0) {
        const int is_exact = depth % 16 == 0 || filters->reads_on;

        if (pixels >= MCU_MANY_PIXELS_MVE && filters->is_plain && is_exact && step == 16 * filters->chunks) {
            mcu_many_pixels_mve(filters, x, pixels / 4, y);
            x += pixels / 4 * 4 * step;
            y += pixels / 4 * 4 * filters->output_ch;
            pixels %= 4;
        }
        if (pixels > 0) {
            mcu_held_pixels_mve(filters, x, step, pixels, y);
        }
        return;
    }
    for (int32_t next_ch = 0; pixels > 0 && next_ch < channels; next_ch += 4) {
        const int32_t ch = next_ch <= channels - 4 ? next_ch : channels - 4;

        if (is_shallow) {
            mcu_shallow_plain_mve(filters, ch, x, step, pixels, y + ch);
        } else {
            mcu_four_channels_mve(filters, ch, x, step, pixels, y + ch);
        }
    }
}

/* mcu_pointwise_s8 for at least four output channels. */
static inline void mcu_pointwise_mve(const cmsis_nn_conv_params *conv_params,
                                     const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                     int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                     const int32_t *bias, int32_t output_ch, int8_t *y)
{
    const int32_t most = conv_params->input_offset == 0 ? output_ch : MCU_BIAS_BLOCK_MVE;
    int32_t folded[MCU_BIAS_BLOCK_MVE];
    mcu_filters_mve filters;

    for (int32_t next_ch = 0; next_ch < output_ch; next_ch += most) {
        const int32_t ch = next_ch <= output_ch - 4 ? next_ch : output_ch - 4;
        const int32_t channels = ch + most <= output_ch ? most : output_ch - ch;

        mcu_set_filters_mve(&filters, conv_params, quant_params, weights, bias, input_ch, ch, channels, output_ch);
        mcu_fold_filters_mve(&filters, conv_params->input_offset, folded);
        mcu_filter_pixels_mve(&filters, x, step, pixels, y + ch);
    }
}

#endif
