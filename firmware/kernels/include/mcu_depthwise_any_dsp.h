/* Depthwise convolution of any kernel with the DSP extension, in patches of up to 6 rows and 5 columns of the kernel.
 *
 * Four channels of what lies under a patch are widened on the stack: of each two rows, a word a column with both. Each
 * SMLAD so takes two taps of one output. The 5 weights of two kernel rows stay in registers beside 4 accumulators
 * while the columns pass, each loaded once for all outputs that it belongs to. */
#ifndef MCU_DEPTHWISE_ANY_DSP_H
#define MCU_DEPTHWISE_ANY_DSP_H

#include <stddef.h>

#include "arm_nnsupportfunctions.h"
#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

#define MCU_PATCH_PAIRS 3
#define MCU_PATCH_TAPS 5
/* Outputs of a channel at once, for strides of 1 and 2, and columns of the input that 5 taps reach at them. */
#define MCU_PATCH_OUTPUTS 8
#define MCU_PATCH_OUTPUTS_BY_2 4
#define MCU_PATCH_COLUMNS 12
/* Sets of filters: two for two output rows at once. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_PATCH_SETS 1
#else
#define MCU_PATCH_SETS 2
#endif

/* Words of a channel: of its columns, row pair by row pair, and of its filter. That ends with the weights, and its
 * first word is where the sums lie. */
#define MCU_PATCH_WIDE (MCU_PATCH_PAIRS * MCU_PATCH_COLUMNS)
#define MCU_PATCH_FILTER (1 + MCU_PATCH_PAIRS * MCU_PATCH_TAPS)

/* `pairs` pairs of rows and `taps` columns of a kernel from (row, col) on, of which some rows may lie outside. */
typedef struct {
    int32_t row, col;
    int32_t pairs, taps;
} mcu_patch_part;

/* Zeros for four channels, whose words lie `apart`, from `to` up to `end`. Assembly, as GCC would call memset. */
MCU_INLINE uint32_t *mcu_patch_clear(uint32_t *to, const uint32_t *end, int32_t apart)
{
    for (; to < end; ++to) {
        __asm__ volatile("str %1, [%0]\n\t"
                         "str %1, [%0, %2]\n\t"
                         "str %1, [%0, %3]\n\t"
                         "str %1, [%0, %4]"
                         :
                         : "r"(to), "r"(0), "i"(4 * apart), "i"(8 * apart), "i"(12 * apart)
                         : "memory");
    }
    return to;
}

/* Pairs of weights for four channels; zeros outside the kernel. */
MCU_OUT_OF_LINE void mcu_patch_prepare(const mcu_patch_part *part, const cmsis_nn_dims *filter_dims,
                                       const int8_t *weights, int32_t channels, uint32_t *filters)
{
    uint32_t *to = filters + MCU_PATCH_FILTER - MCU_PATCH_TAPS * part->pairs;

    for (int32_t row = part->row; row < part->row + 2 * part->pairs; row += 2) {
        const int has_upper = row >= 0 && row < filter_dims->h;
        const int has_lower = row + 1 < filter_dims->h;
        const int8_t *upper = weights + (row * filter_dims->w + part->col) * channels;
        const int8_t *lower = upper + filter_dims->w * channels;

        for (int32_t tap = part->taps; tap > 0; --tap, upper += channels, lower += channels, ++to) {
            const uint32_t a = has_upper ? mcu_load_4(upper) : 0;
            const uint32_t b = has_lower ? mcu_load_4(lower) : 0;
            const uint32_t low = mcu_pack_low(a, b), high = mcu_pack_high(a, b);
            to[0] = mcu_even(low);
            to[MCU_PATCH_FILTER] = mcu_odd(low);
            to[2 * MCU_PATCH_FILTER] = mcu_even(high);
            to[3 * MCU_PATCH_FILTER] = mcu_odd(high);
        }
        to = mcu_patch_clear(to, to + MCU_PATCH_TAPS - part->taps, MCU_PATCH_FILTER);
    }
}

/* Four channels of `columns` columns of pairs of rows, the first of them at (top, left) of the input; zeros where that
 * is outside. One row outside is read from a word of zero points. */
MCU_OUT_OF_LINE void mcu_patch_widen(const cmsis_nn_dims *input_dims, const int8_t *x, int32_t top, int32_t left,
                                     int32_t pairs, int32_t columns, int32_t input_offset, uint32_t *to)
{
    const int32_t channels = input_dims->c;
    const int32_t input_row = input_dims->w * channels;
    const int32_t begin = mcu_min(mcu_max(-left, 0), columns);
    const int32_t end = mcu_max(mcu_min(columns, input_dims->w - left), begin);
    const uint32_t offset = mcu_pair(input_offset);
    const uint32_t outside = ((uint32_t)-input_offset & 0xFFu) * 0x01010101u;

    x += top * input_row + (left + begin) * channels;
    for (; pairs > 0; --pairs, top += 2, x += 2 * input_row, to += MCU_PATCH_COLUMNS) {
        const int has_upper = top >= 0 && top < input_dims->h;
        const int has_lower = top >= -1 && top < input_dims->h - 1;
        const int8_t *upper = has_upper ? x : (const int8_t *)&outside;
        const int8_t *lower = has_lower ? x + input_row : (const int8_t *)&outside;
        const int32_t upper_step = has_upper ? channels : 0;
        const int32_t lower_step = has_lower ? channels : 0;
        uint32_t *at = to;

        if (has_upper || has_lower) {
            at = mcu_patch_clear(at, to + begin, MCU_PATCH_WIDE);
            for (const uint32_t *last = to + end; at < last; ++at, upper += upper_step, lower += lower_step) {
                const uint32_t a = mcu_load_4(upper), b = mcu_load_4(lower);
                const uint32_t low = mcu_pack_low(a, b), high = mcu_pack_high(a, b);
                at[0] = mcu_add_even(offset, low);
                at[MCU_PATCH_WIDE] = mcu_add_odd(offset, low);
                at[2 * MCU_PATCH_WIDE] = mcu_add_even(offset, high);
                at[3 * MCU_PATCH_WIDE] = mcu_add_odd(offset, high);
            }
        }
        mcu_patch_clear(at, to + columns, MCU_PATCH_WIDE);
    }
}

/* r2 and lr get two columns, r8 to r12 hold the weights of 5 taps, r3 to r6 the sums of 4 outputs. */
#define MCU_TAP(acc, w, x) "smlad " acc ", " w ", " x ", " acc "\n\t"
#define MCU_COLUMNS(at) "ldrd r2, lr, [r0" at "\n\t"
#define MCU_PATCH_SUMS(products) \
    __asm__ volatile("ldm r2, {r3, r4, r5, r6}\n" \
                     "1:\n\t" \
                     "ldm r1!, {r8, r9, r10, r11, r12}\n\t" products \
                     "tst r1, #63\n\t" \
                     "bne 1b\n\t" \
                     "ldr r2, [r1, #-64]\n\t" \
                     "stm r2, {r3, r4, r5, r6}" \
                     : "+r"(x), "+r"(weights), "+r"(sums) \
                     : \
                     : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

/* Adds the products of `pairs` pairs of rows to 4 sums of a channel. A filter ends at a multiple of 64 bytes, so that
 * the loop needs no register for its end; 27 and 29 instructions for 20 pairs of taps. */
MCU_INLINE void mcu_patch_sums(const uint32_t *wide, uint32_t *filter, int32_t pairs, int by_2, int32_t *first)
{
    register const uint32_t *x __asm__("r0") = wide;
    register const uint32_t *weights __asm__("r1") = filter + MCU_PATCH_FILTER - MCU_PATCH_TAPS * pairs;
    register int32_t *sums __asm__("r2") = first;

    filter[0] = (uint32_t)first;
    if (by_2) {
        MCU_PATCH_SUMS(MCU_COLUMNS("], #48") MCU_TAP("r3", "r8", "r2") MCU_TAP("r3", "r9", "lr")
                       MCU_COLUMNS(", #-40]") MCU_TAP("r3", "r10", "r2") MCU_TAP("r4", "r8", "r2")
                       MCU_TAP("r3", "r11", "lr") MCU_TAP("r4", "r9", "lr")
                       MCU_COLUMNS(", #-32]") MCU_TAP("r3", "r12", "r2") MCU_TAP("r4", "r10", "r2")
                       MCU_TAP("r5", "r8", "r2") MCU_TAP("r4", "r11", "lr") MCU_TAP("r5", "r9", "lr")
                       MCU_COLUMNS(", #-24]") MCU_TAP("r4", "r12", "r2") MCU_TAP("r5", "r10", "r2")
                       MCU_TAP("r6", "r8", "r2") MCU_TAP("r5", "r11", "lr") MCU_TAP("r6", "r9", "lr")
                       MCU_COLUMNS(", #-16]") MCU_TAP("r5", "r12", "r2") MCU_TAP("r6", "r10", "r2")
                       MCU_TAP("r6", "r11", "lr")
                       "ldr r2, [r0, #-8]\n\t" MCU_TAP("r6", "r12", "r2"));
    } else {
        MCU_PATCH_SUMS(MCU_COLUMNS("], #48") MCU_TAP("r3", "r8", "r2") MCU_TAP("r3", "r9", "lr")
                       MCU_TAP("r4", "r8", "lr")
                       MCU_COLUMNS(", #-40]") MCU_TAP("r3", "r10", "r2") MCU_TAP("r4", "r9", "r2")
                       MCU_TAP("r5", "r8", "r2") MCU_TAP("r3", "r11", "lr") MCU_TAP("r4", "r10", "lr")
                       MCU_TAP("r5", "r9", "lr") MCU_TAP("r6", "r8", "lr")
                       MCU_COLUMNS(", #-32]") MCU_TAP("r3", "r12", "r2") MCU_TAP("r4", "r11", "r2")
                       MCU_TAP("r5", "r10", "r2") MCU_TAP("r6", "r9", "r2") MCU_TAP("r4", "r12", "lr")
                       MCU_TAP("r5", "r11", "lr") MCU_TAP("r6", "r10", "lr")
                       MCU_COLUMNS(", #-24]") MCU_TAP("r5", "r12", "r2") MCU_TAP("r6", "r11", "r2")
                       MCU_TAP("r6", "r12", "lr"));
    }
}

#undef MCU_TAP
#undef MCU_COLUMNS
#undef MCU_PATCH_SUMS

/* What lies on the stack. space: the filters, from a multiple of 64 bytes on. */
typedef struct {
    int32_t sums[4 * MCU_PATCH_OUTPUTS];
    uint32_t wide[4 * MCU_PATCH_WIDE];
    uint32_t space[(4 * MCU_PATCH_SETS + 1) * MCU_PATCH_FILTER - 1];
} mcu_patch;

MCU_INLINE uint32_t *mcu_patch_filters(mcu_patch *patch, int32_t set)
{
    return patch->space + (-((uintptr_t)patch->space / 4) & (MCU_PATCH_FILTER - 1)) + set * 4 * MCU_PATCH_FILTER;
}

/* Adds the products under a part of the kernel to the sums of n outputs of four channels, or to the bias, if any. */
MCU_OUT_OF_LINE void mcu_patch_add(mcu_patch *patch, int32_t set, int32_t pairs, int by_2, int32_t n,
                                   const int32_t *bias)
{
    const uint32_t *wide = patch->wide;
    uint32_t *filter = mcu_patch_filters(patch, set);

    for (int32_t *sums = patch->sums; sums < patch->sums + 4 * MCU_PATCH_OUTPUTS; sums += MCU_PATCH_OUTPUTS) {
        if (bias != NULL) {
            sums[0] = sums[1] = sums[2] = sums[3] = sums[4] = sums[5] = sums[6] = sums[7] = *bias++;
        }
        if (by_2) {
            mcu_patch_sums(wide, filter, pairs, 1, sums);
        } else {
            mcu_patch_sums(wide, filter, pairs, 0, sums);
            if (n > 4) {
                mcu_patch_sums(wide + 4, filter, pairs, 0, sums + 4);
            }
        }
        wide += MCU_PATCH_WIDE;
        filter += MCU_PATCH_FILTER;
    }
}

/* The same for all parts of a kernel that is larger than a patch, for n outputs whose first window begins at (top,
 * left). x, weights: of the first channel. */
MCU_OUT_OF_LINE void mcu_patch_add_parts(const cmsis_nn_dw_conv_params *dw_conv_params,
                                         const cmsis_nn_dims *input_dims, const int8_t *x, int32_t top, int32_t left,
                                         const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                         const int32_t *bias, int32_t n, mcu_patch *patch)
{
    const int32_t stride = dw_conv_params->stride.w;
    mcu_patch_part part;

    for (part.row = 0; part.row < filter_dims->h; part.row += 2 * MCU_PATCH_PAIRS) {
        part.pairs = mcu_min((filter_dims->h - part.row + 1) / 2, MCU_PATCH_PAIRS);
        for (part.col = 0; part.col < filter_dims->w; part.col += MCU_PATCH_TAPS) {
            part.taps = mcu_min(filter_dims->w - part.col, MCU_PATCH_TAPS);
            mcu_patch_prepare(&part, filter_dims, weights, input_dims->c, mcu_patch_filters(patch, 0));
            mcu_patch_widen(input_dims, x, top + part.row, left + part.col, part.pairs, (n - 1) * stride + part.taps,
                            dw_conv_params->input_offset, patch->wide);
            mcu_patch_add(patch, 0, part.pairs, stride == 2, n, part.row + part.col == 0 ? bias : NULL);
        }
    }
}

MCU_INLINE int mcu_depthwise_any_fits(const cmsis_nn_dw_conv_params *dw_conv_params, const cmsis_nn_dims *input_dims)
{
    return input_dims->c >= 4 && dw_conv_params->ch_mult == 1 && dw_conv_params->dilation.h == 1 &&
           dw_conv_params->dilation.w == 1;
}

/* One batch of what fits; the last four channels overlap the four before where need be. Of a kernel of up to 5 rows and
 * stride 1, two output rows share what is widened: the second has filters one row further down.
 * Loop order: channels by four, output rows by two or one, output columns by tiles, output row. */
MCU_INLINE void mcu_depthwise_any_batch(const cmsis_nn_dw_conv_params *dw_conv_params,
                                        const cmsis_nn_per_channel_quant_params *quant_params,
                                        const cmsis_nn_dims *input_dims, const int8_t *x,
                                        const cmsis_nn_dims *filter_dims, const int8_t *weights, const int32_t *bias,
                                        const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t channels = input_dims->c;
    const int32_t output_w = output_dims->w;
    const cmsis_nn_tile stride = dw_conv_params->stride;
    const int32_t most = stride.w == 1 ? MCU_PATCH_OUTPUTS : stride.w == 2 ? MCU_PATCH_OUTPUTS_BY_2 : 1;
    const int is_whole = filter_dims->h <= 2 * MCU_PATCH_PAIRS && filter_dims->w <= MCU_PATCH_TAPS;
    const int has_two = MCU_PATCH_SETS == 2 && is_whole && filter_dims->h < 2 * MCU_PATCH_PAIRS && stride.h == 1 &&
                        output_dims->h > 1;
    const mcu_output_dsp output = {dw_conv_params->output_offset, dw_conv_params->activation};
    mcu_patch patch;

    for (int32_t begin = 0; begin < channels; begin += 4) {
        const int32_t ch = mcu_min(begin, channels - 4);
        mcu_patch_part part = {0, 0, (filter_dims->h + has_two + 1) / 2, filter_dims->w};
        for (; is_whole && part.row >= -has_two; --part.row) {
            mcu_patch_prepare(&part, filter_dims, weights + ch, channels, mcu_patch_filters(&patch, -part.row));
        }

        for (int32_t out_row = 0, rows; out_row < output_dims->h; out_row += rows) {
            const int32_t top = out_row * stride.h - dw_conv_params->padding.h;
            rows = has_two && out_row + 1 < output_dims->h ? 2 : 1;

            for (int32_t out_col = 0, n; out_col < output_w; out_col += n) {
                const int32_t left = out_col * stride.w - dw_conv_params->padding.w;
                n = mcu_min(most, output_w - out_col);

                for (int32_t lower = 0; lower < rows; ++lower) {
                    if (!is_whole) {
                        mcu_patch_add_parts(dw_conv_params, input_dims, x + ch, top, left, filter_dims, weights + ch,
                                            bias + ch, n, &patch);
                    } else {
                        if (lower == 0) {
                            mcu_patch_widen(input_dims, x + ch, top, left, part.pairs, (n - 1) * stride.w + part.taps,
                                            dw_conv_params->input_offset, patch.wide);
                        }
                        mcu_patch_add(&patch, lower, part.pairs, stride.w == 2, n, bias + ch);
                    }
                    for (int32_t i = begin - ch; i < 4; ++i) {
                        mcu_rescale_sums(patch.sums + i * MCU_PATCH_OUTPUTS, n, quant_params->multiplier[ch + i],
                                         quant_params->shift[ch + i], &output,
                                         y + ((out_row + lower) * output_w + out_col) * channels + ch + i, channels);
                    }
                }
            }
        }
    }
}

MCU_OUT_OF_LINE void mcu_depthwise_any_dsp(const cmsis_nn_dw_conv_params *dw_conv_params,
                                           const cmsis_nn_per_channel_quant_params *quant_params,
                                           const cmsis_nn_dims *input_dims, const int8_t *x,
                                           const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                           const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    for (int32_t batch = 0; batch < input_dims->n; ++batch) {
        mcu_depthwise_any_batch(dw_conv_params, quant_params, input_dims, x, filter_dims, weights, bias, output_dims,
                                y);
        x += input_dims->h * input_dims->w * input_dims->c;
        y += output_dims->h * output_dims->w * output_dims->c;
    }
}

#endif

#endif
