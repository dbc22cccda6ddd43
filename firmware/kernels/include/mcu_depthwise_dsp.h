/* 3x3 depthwise convolution with the DSP extension.
 *
 * Four channels are widened on the stack, where a column of a channel is two pairs, rows (0, 1) and (2, 3): each SMLAD
 * takes two taps of one output, and with stride 1 the same four rows serve two output rows. A channel's weights stay in
 * 6 registers, as pairs too, beside 2 accumulators and 2 registers of pixels. The sums go to the stack, and a second
 * loop rescales them. */
#ifndef MCU_DEPTHWISE_DSP_H
#define MCU_DEPTHWISE_DSP_H

#include "mcu_depthwise_widen_dsp.h"
#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* A power of two that is no less than the outputs of a channel above MCU_DEPTHWISE_COLUMNS. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_DEPTHWISE_SUMS 32
#else
#define MCU_DEPTHWISE_SUMS 64
#endif

/* One channel, in the order in which mcu_depthwise_sums loads it. */
typedef struct {
    uint64_t weights[3]; /* by column: rows (0, 1), then rows (1, 2) */
    int32_t bias;
    mcu_short_rescaling rescaling;
} mcu_depthwise_channel;

/* The weights of a column: rows 0 and 1, and rows 1 and 2. */
MCU_INLINE void mcu_depthwise_weights(const int8_t *weights, int32_t input_ch, mcu_depthwise_channel *four)
{
    for (int32_t col = 0; col < 3; ++col, weights += input_ch) {
        const uint32_t top = mcu_load_4(weights);
        const uint32_t middle = mcu_load_4(weights + 3 * input_ch);
        const uint32_t bottom = mcu_load_4(weights + 6 * input_ch);
        const uint32_t upper_01 = mcu_pack_low(top, middle), upper_23 = mcu_pack_high(top, middle);
        const uint32_t lower_01 = mcu_pack_low(middle, bottom), lower_23 = mcu_pack_high(middle, bottom);
        four[0].weights[col] = mcu_join(mcu_even(upper_01), mcu_even(lower_01));
        four[1].weights[col] = mcu_join(mcu_odd(upper_01), mcu_odd(lower_01));
        four[2].weights[col] = mcu_join(mcu_even(upper_23), mcu_even(lower_23));
        four[3].weights[col] = mcu_join(mcu_odd(upper_23), mcu_odd(lower_23));
    }
}

/* Returns whether all four take the short rescaling. */
MCU_OUT_OF_LINE int mcu_depthwise_prepare(const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *weights,
                                          const int32_t *bias, int32_t input_ch, int32_t ch,
                                          mcu_depthwise_channel *four)
{
    const int32_t *multiplier = quant_params->multiplier + ch;
    const int32_t *shift = quant_params->shift + ch;
    int fits = 1;

    mcu_depthwise_weights(weights + ch, input_ch, four);
    bias += ch;
    for (int32_t i = 0; i < 4; ++i) {
        four[i].bias = bias[i];
        four[i].rescaling = mcu_short_rescaling_of(multiplier[i], shift[i]);
        fits &= mcu_short_rescaling_fits(multiplier[i], shift[i]);
    }
    return fits;
}

/* How outputs lie in `sums`: pairs of two rows, or two columns with a stride of 1 or 2. */
typedef enum { MCU_TWO_ROWS, MCU_TWO_COLUMNS, MCU_TWO_COLUMNS_BY_2 } mcu_depthwise_pairs;

/* r11 and r12 get a column's pairs of rows. UPPER adds its taps of an output at rows 0 to 2, LOWER of one at rows 1 to
 * 3, to `from`: the bias (r10) or what the columns before came to. */
#define MCU_COLUMN(at) "ldrd r11, r12, [r0" at "\n\t"
#define MCU_UPPER(acc, w, v, from) "smlad " acc ", r11, " w ", " from "\n\tsmlabt " acc ", r12, " v ", " acc "\n\t"
#define MCU_LOWER(acc, w, v, from) "smlatb " acc ", r11, " w ", " from "\n\tsmlad " acc ", r12, " v ", " acc "\n\t"
#define MCU_SUMS(products) \
    __asm__ volatile("ldm r2, {r3, r4, r5, r6, r8, r9, r10}\n" \
                     "1:\n\t" products \
                     "strd lr, r2, [r1], #8\n\t" \
                     "tst r1, %[mask]\n\t" \
                     "bne 1b" \
                     : "+r"(x), "+r"(sums), "+r"(channel) \
                     : [mask] "i"(4 * MCU_DEPTHWISE_SUMS - 1) \
                     : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

/* Pairs of outputs of one channel, from `first` to the next multiple of 4 * MCU_DEPTHWISE_SUMS bytes, so that the loop
 * needs no register for its end: 18 to 20 instructions a pair. Registers have numbers because LDM loads in order. */
MCU_INLINE void mcu_depthwise_sums(const uint64_t *wide, const mcu_depthwise_channel *constants,
                                   mcu_depthwise_pairs pairs, int32_t *first)
{
    register const uint64_t *x __asm__("r0") = wide;
    register int32_t *sums __asm__("r1") = first;
    register const mcu_depthwise_channel *channel __asm__("r2") = constants;

    if (pairs == MCU_TWO_ROWS) {
        MCU_SUMS(MCU_COLUMN("], #8") MCU_UPPER("lr", "r3", "r4", "r10") MCU_LOWER("r2", "r3", "r4", "r10")
                 MCU_COLUMN("]") MCU_UPPER("lr", "r5", "r6", "lr") MCU_LOWER("r2", "r5", "r6", "r2")
                 MCU_COLUMN(", #8]") MCU_UPPER("lr", "r8", "r9", "lr") MCU_LOWER("r2", "r8", "r9", "r2"));
    } else if (pairs == MCU_TWO_COLUMNS) {
        MCU_SUMS(MCU_COLUMN("], #16") MCU_UPPER("lr", "r3", "r4", "r10")
                 MCU_COLUMN(", #-8]") MCU_UPPER("lr", "r5", "r6", "lr") MCU_UPPER("r2", "r3", "r4", "r10")
                 MCU_COLUMN("]") MCU_UPPER("lr", "r8", "r9", "lr") MCU_UPPER("r2", "r5", "r6", "r2")
                 MCU_COLUMN(", #8]") MCU_UPPER("r2", "r8", "r9", "r2"));
    } else {
        MCU_SUMS(MCU_COLUMN("], #32") MCU_UPPER("lr", "r3", "r4", "r10")
                 MCU_COLUMN(", #-24]") MCU_UPPER("lr", "r5", "r6", "lr")
                 MCU_COLUMN(", #-16]") MCU_UPPER("lr", "r8", "r9", "lr") MCU_UPPER("r2", "r3", "r4", "r10")
                 MCU_COLUMN(", #-8]") MCU_UPPER("r2", "r5", "r6", "r2")
                 MCU_COLUMN("]") MCU_UPPER("r2", "r8", "r9", "r2"));
    }
}

#undef MCU_COLUMN
#undef MCU_UPPER
#undef MCU_LOWER
#undef MCU_SUMS

/* One pass: outputs of up to 4 channels, some columns of one output row or of two. */
typedef struct {
    mcu_depthwise_pairs kind;
    int32_t *end;            /* of `sums`, see mcu_depthwise_sums */
    int32_t *sums;
    int32_t pairs;           /* whole ones */
    int32_t is_odd;          /* half a pair follows */
    int32_t second, advance; /* from an output to the other of its pair, and to the next pair */
    int32_t output_offset;
} mcu_depthwise_pass;

MCU_INLINE void mcu_depthwise_set_columns(mcu_depthwise_pass *pass, int32_t columns)
{
    pass->is_odd = pass->kind == MCU_TWO_ROWS ? 0 : columns & 1;
    pass->pairs = pass->kind == MCU_TWO_ROWS ? columns : columns >> 1;
    pass->sums = pass->end - 2 * (pass->pairs + pass->is_odd);
}

/* The outputs of channels [channel, end). */
MCU_OUT_OF_LINE void mcu_depthwise_outputs(const mcu_depthwise_pass *pass, const mcu_depthwise_channel *channel,
                                           const mcu_depthwise_channel *end, const uint64_t *wide, int8_t *y)
{
    for (; channel < end; ++channel, wide += MCU_DEPTHWISE_COLUMNS, ++y) {
        mcu_depthwise_sums(wide, channel, pass->kind, pass->sums);
        mcu_rescale_pairs(pass->sums, &channel->rescaling, pass->output_offset, pass->pairs, pass->second,
                          pass->advance, pass->is_odd, y);
    }
}

/* The same, rescaled by mcu_rescale_s8. */
MCU_OUT_OF_LINE void mcu_depthwise_any_outputs(const mcu_depthwise_pass *pass, const mcu_depthwise_channel *channel,
                                               const mcu_depthwise_channel *end, const uint64_t *wide, int8_t *y,
                                               const int32_t *multiplier, const int32_t *shift,
                                               const cmsis_nn_activation *activation)
{
    for (; channel < end; ++channel, wide += MCU_DEPTHWISE_COLUMNS, ++y, ++multiplier, ++shift) {
        mcu_depthwise_sums(wide, channel, pass->kind, pass->sums);
        for (int32_t i = 0; i < 2 * pass->pairs + pass->is_odd; ++i) {
            y[i / 2 * pass->advance + i % 2 * pass->second] = mcu_rescale_s8(
                pass->sums[i], *multiplier, *shift, pass->output_offset, activation->min, activation->max);
        }
    }
}

/* One batch of at least 4 channels; the last four overlap the four before where need be.
 * Loop order: output rows by two or one, channels by four, output columns by tiles, channel. */
MCU_INLINE void mcu_depthwise_3x3_batch(const cmsis_nn_dw_conv_params *dw_conv_params,
                                        const cmsis_nn_per_channel_quant_params *quant_params,
                                        const cmsis_nn_dims *input_dims, const int8_t *x, const int8_t *weights,
                                        const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_ch = input_dims->c;
    const int32_t input_w = input_dims->w;
    const int32_t output_w = output_dims->w;
    const cmsis_nn_tile stride = dw_conv_params->stride;
    const int clamps = mcu_short_rescaling_clamps(&dw_conv_params->activation);
    const int32_t most = stride.w == 1   ? MCU_DEPTHWISE_COLUMNS - 2
                         : stride.w == 2 ? (MCU_DEPTHWISE_COLUMNS - 1) / 2
                                         : 1;
    const int32_t tiles = (output_w + most - 1) / most;
    const int32_t tile = (output_w + tiles - 1) / tiles;
    mcu_depthwise_window window;
    mcu_depthwise_pass pass;
    mcu_depthwise_channel four[4];
    uint64_t wide[4 * MCU_DEPTHWISE_COLUMNS + 2];
    int32_t space[2 * MCU_DEPTHWISE_SUMS];

    window.column = input_ch;
    window.offset = mcu_pair(dw_conv_params->input_offset);
    pass.end = space + MCU_DEPTHWISE_SUMS + (-((uintptr_t)space / 4) & (MCU_DEPTHWISE_SUMS - 1));
    pass.output_offset = dw_conv_params->output_offset;

    for (int32_t out_row = 0, rows; out_row < output_dims->h; out_row += rows, y += rows * output_w * input_ch) {
        const int32_t top = out_row * stride.h - dw_conv_params->padding.h;
        rows = stride.h == 1 && stride.w == 1 && out_row + 1 < output_dims->h && top >= 0 &&
                       top + 4 <= input_dims->h
                   ? 2
                   : 1;
        const int8_t *first = mcu_depthwise_set_rows(&window, x, input_dims, top, rows + 2);
        pass.kind = rows == 2 ? MCU_TWO_ROWS : stride.w == 2 ? MCU_TWO_COLUMNS_BY_2 : MCU_TWO_COLUMNS;
        pass.second = rows == 2 ? output_w * input_ch : input_ch;
        pass.advance = rows == 2 ? input_ch : 2 * input_ch;

        for (int32_t begin = 0; begin < input_ch; begin += 4) {
            const int32_t ch = mcu_min(begin, input_ch - 4);
            const int32_t skip = begin - ch;
            const int is_short = mcu_depthwise_prepare(quant_params, weights, bias, input_ch, ch, four) && clamps;

            for (int32_t out_col = 0; out_col < output_w; out_col += tile) {
                const int32_t left = out_col * stride.w - dw_conv_params->padding.w;
                const int32_t columns = mcu_min(tile, output_w - out_col);
                const int32_t under = (columns - 1) * stride.w + 3;
                int8_t *to = y + out_col * input_ch + begin;

                mcu_depthwise_set_columns(&pass, columns);
                window.columns.begin = mcu_min(mcu_max(-left, 0), under);
                window.columns.end = mcu_max(mcu_min(under, input_w - left), window.columns.begin);
                window.x = first + (left + window.columns.begin) * input_ch + ch;
                mcu_depthwise_widen(&window, rows == 2, under, wide);
                if (is_short) {
                    mcu_depthwise_outputs(&pass, four + skip, four + 4, wide + skip * MCU_DEPTHWISE_COLUMNS, to);
                } else {
                    mcu_depthwise_any_outputs(&pass, four + skip, four + 4, wide + skip * MCU_DEPTHWISE_COLUMNS, to,
                                              quant_params->multiplier + begin, quant_params->shift + begin,
                                              &dw_conv_params->activation);
                }
            }
        }
    }
}

MCU_OUT_OF_LINE void mcu_depthwise_3x3_dsp(const cmsis_nn_dw_conv_params *dw_conv_params,
                                           const cmsis_nn_per_channel_quant_params *quant_params,
                                           const cmsis_nn_dims *input_dims, const int8_t *x, const int8_t *weights,
                                           const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    for (int32_t batch = 0; batch < input_dims->n; ++batch) {
        mcu_depthwise_3x3_batch(dw_conv_params, quant_params, input_dims, x, weights, bias, output_dims, y);
        x += input_dims->h * input_dims->w * input_dims->c;
        y += output_dims->h * output_dims->w * input_dims->c;
    }
}

#endif

#endif
