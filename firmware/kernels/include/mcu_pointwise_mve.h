/* 1x1 convolution with Helium: chooses by depth among the ways of the headers below. Only for cores with
 * __ARM_FEATURE_MVE. */
#ifndef MCU_POINTWISE_MVE_H
#define MCU_POINTWISE_MVE_H

#include "mcu_filters_mve.h"
#include "mcu_pointwise_blocks_mve.h"
#include "mcu_pointwise_held_mve.h"
#include "mcu_pointwise_pairs_mve.h"
#include "mcu_pointwise_pixels_mve.h"
#include "mcu_pointwise_shallow_mve.h"

void mcu_filter_pixels_mve(const mcu_filters_mve *filters, const int8_t *x, int32_t step, int32_t pixels, int8_t *y)
{
    const int32_t depth = filters->depth;
    const int32_t channels = filters->channels;

    if (pixels <= 0) {
        return;
    }
    if (depth <= 16 && filters->is_linear) {
        mcu_shallow_pixels_mve(filters, x, step, pixels, y);
        return;
    }
    if (depth >= 16 && depth <= 64 && (depth % 16 == 0 || channels > 4)) {
        const int is_exact = depth % 16 == 0 || filters->reads_on;
        const int is_many = filters->is_linear && is_exact && step == 16 * filters->chunks;
        const int32_t fours = pixels / 4;

        if (is_many && depth <= 32 && fours >= 2 && filters->output_ch <= MCU_MOST_PAIRED_MVE) {
            mcu_paired_pixels_mve(filters, x, fours, y);
            pixels %= 4;
        } else if (is_many && depth > 32 && fours >= 3) {
            mcu_many_pixels_mve(filters, x, fours, y);
            pixels %= 4;
        }
        if (pixels > 0) {
            const int32_t done = pixels < 4 ? 4 * fours : 0;
            mcu_held_pixels_mve(filters, x + done * step, step, pixels, y + done * filters->output_ch);
        }
        return;
    }
    for (int32_t next_ch = 0; next_ch < channels; next_ch += 4) {
        const int32_t ch = next_ch <= channels - 4 ? next_ch : channels - 4;
        mcu_four_channels_mve(filters, ch, x, step, pixels, y + ch);
    }
}

void mcu_filter_with_offset_mve(const mcu_filters_mve *all, int32_t input_offset, const int8_t *x, int32_t step,
                                int32_t pixels, int8_t *y)
{
    int32_t folded[MCU_BIAS_BLOCK_MVE];
    mcu_filters_mve filters = *all;

    for (int32_t next_ch = 0; next_ch < all->channels; next_ch += MCU_BIAS_BLOCK_MVE) {
        const int32_t ch = mcu_min(next_ch, all->channels - 4);

        filters.tables.weights = all->tables.weights + ch * all->depth;
        filters.tables.bias = all->tables.bias + ch;
        filters.tables.multiplier = all->tables.multiplier + ch;
        filters.tables.shift = all->tables.shift + ch;
        filters.channels = mcu_min(MCU_BIAS_BLOCK_MVE, all->channels - ch);
        mcu_fold_filters_mve(&filters, input_offset, folded);
        mcu_filter_pixels_mve(&filters, x, step, pixels, y + ch);
    }
}

#endif
