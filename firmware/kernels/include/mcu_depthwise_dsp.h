/* 3x3 depthwise convolution with the DSP extension: four channels at once, down an output row.
 *
 * The weights of four channels are widened to 16 bits once a row of outputs, with what the requantization takes: 156
 * bytes of stack. At each output a word of input, that is one tap of four channels, becomes two pairs and four
 * products; taps in padding are left out. 4 accumulators, 2 registers of weights and 2 of pixels. */
#ifndef MCU_DEPTHWISE_DSP_H
#define MCU_DEPTHWISE_DSP_H

#include "arm_nn_types.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* Four channels: their weights as pairs of channels (0, 2) and (1, 3), tap by tap. */
typedef struct {
    uint32_t weights[18];
    int32_t bias[4];
    mcu_rescaling rescaling[4];
    int fast;
} mcu_depthwise_4;

MCU_OUT_OF_LINE void mcu_depthwise_prepare(const cmsis_nn_dw_conv_params *dw_conv_params,
                                           const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *weights,
                                           const int32_t *bias, int32_t input_ch, int32_t ch, mcu_depthwise_4 *four)
{
    for (int32_t tap = 0; tap < 9; ++tap) {
        const uint32_t word = mcu_load_4(weights + tap * input_ch + ch);
        four->weights[2 * tap] = mcu_even(word);
        four->weights[2 * tap + 1] = mcu_odd(word);
    }
    four->fast = dw_conv_params->activation.min == -128 && dw_conv_params->activation.max == 127;
    for (int32_t i = 0; i < 4; ++i) {
        four->bias[i] = bias[ch + i];
        four->rescaling[i] = mcu_rescaling_of(quant_params->multiplier[ch + i], quant_params->shift[ch + i],
                                              bias[ch + i], dw_conv_params->output_offset);
        four->fast = four->fast && four->rescaling[i].right != 0;
    }
}

/* Adds `taps` adjacent taps of one kernel row, input_ch elements apart. */
MCU_INLINE void mcu_depthwise_taps(const int8_t *x, const uint32_t *weights, int32_t input_ch, uint32_t offset,
                                   int32_t taps, int32_t acc[4])
{
    for (int32_t tap = 0; tap < taps; ++tap) {
        const uint32_t word = mcu_load_4(x + tap * input_ch);
        const uint32_t even = mcu_add_even(offset, word);
        const uint32_t odd = mcu_add_odd(offset, word);
        acc[0] = mcu_multiply_low(even, weights[2 * tap], acc[0]);
        acc[1] = mcu_multiply_low(odd, weights[2 * tap + 1], acc[1]);
        acc[2] = mcu_multiply_high(even, weights[2 * tap], acc[2]);
        acc[3] = mcu_multiply_high(odd, weights[2 * tap + 1], acc[3]);
    }
}

/* The same for three taps: 8 instructions a tap, which compilers do not find. Returns the weights of the next row. */
MCU_INLINE const uint32_t *mcu_depthwise_3_taps(const int8_t *x, const uint32_t *weights, int32_t input_ch,
                                                uint32_t offset, int32_t acc[4])
{
    uint32_t w, v, p, q;
    __asm__("ldr %[p], [%[x]]\n\t"
            "ldrd %[w], %[v], [%[weights]], #8\n\t"
            "sxtab16 %[q], %[offset], %[p], ror #8\n\t"
            "sxtab16 %[p], %[offset], %[p]\n\t"
            "smlabb %[a], %[p], %[w], %[a]\n\t"
            "smlabb %[b], %[q], %[v], %[b]\n\t"
            "smlatt %[c], %[p], %[w], %[c]\n\t"
            "smlatt %[d], %[q], %[v], %[d]\n\t"
            "ldr %[p], [%[x], %[step]]\n\t"
            "ldrd %[w], %[v], [%[weights]], #8\n\t"
            "sxtab16 %[q], %[offset], %[p], ror #8\n\t"
            "sxtab16 %[p], %[offset], %[p]\n\t"
            "smlabb %[a], %[p], %[w], %[a]\n\t"
            "smlabb %[b], %[q], %[v], %[b]\n\t"
            "smlatt %[c], %[p], %[w], %[c]\n\t"
            "smlatt %[d], %[q], %[v], %[d]\n\t"
            "ldr %[p], [%[x], %[step], lsl #1]\n\t"
            "ldrd %[w], %[v], [%[weights]], #8\n\t"
            "sxtab16 %[q], %[offset], %[p], ror #8\n\t"
            "sxtab16 %[p], %[offset], %[p]\n\t"
            "smlabb %[a], %[p], %[w], %[a]\n\t"
            "smlabb %[b], %[q], %[v], %[b]\n\t"
            "smlatt %[c], %[p], %[w], %[c]\n\t"
            "smlatt %[d], %[q], %[v], %[d]"
            : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), [d] "+r"(acc[3]), [weights] "+r"(weights),
              [w] "=&r"(w), [v] "=&r"(v), [p] "=&r"(p), [q] "=&r"(q)
            : [x] "r"(x), [step] "r"(input_ch), [offset] "r"(offset)
            : "memory");
    return weights;
}

/* One output of four channels: the sum over `rows` kernel rows of `taps` taps, rescaled into y[0 .. 3]. */
MCU_INLINE void mcu_depthwise_output(const int8_t *x, int32_t input_row, int32_t input_ch, uint32_t offset,
                                     const mcu_depthwise_4 *four, const uint32_t *weights, int32_t rows, int32_t taps,
                                     const cmsis_nn_dw_conv_params *dw_conv_params, int8_t *y)
{
    int32_t acc[4] = {four->bias[0], four->bias[1], four->bias[2], four->bias[3]};

    for (int32_t row = 0; row < rows; ++row) {
        if (taps == 3) {
            weights = mcu_depthwise_3_taps(x, weights, input_ch, offset, acc);
        } else {
            mcu_depthwise_taps(x, weights, input_ch, offset, taps, acc);
            weights += 6;
        }
        x += input_row;
    }
    if (four->fast) {
        for (int32_t i = 0; i < 4; ++i) {
            y[i] = (int8_t)mcu_rescale_fast(acc[i], four->rescaling[i].multiplier, four->rescaling[i].constant,
                                            four->rescaling[i].right);
        }
    } else {
        const int32_t copy[4] = {acc[0], acc[1], acc[2], acc[3]};
        for (int32_t i = 0; i < 4; ++i) {
            mcu_rescale_any(&copy[i], &four->rescaling[i], dw_conv_params->output_offset,
                            &dw_conv_params->activation, 1, &y[i], 1);
        }
    }
}

/* One output row of at least 4 channels; the last four overlap the four before where need be. x: the first row under
 * the kernel that lies inside the input; rows: which kernel rows do. */
MCU_INLINE void mcu_depthwise_row_dsp(const cmsis_nn_dw_conv_params *dw_conv_params,
                                      const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                         int32_t input_w, int32_t input_ch, mcu_taps rows, const int8_t *weights,
                                         const int32_t *bias, int32_t output_w, int8_t *y)
{
    const uint32_t offset = mcu_pair(dw_conv_params->input_offset);
    const int32_t count = rows.end - rows.begin;
    const int32_t input_row = input_w * input_ch;

    for (int32_t begin = 0; begin < input_ch; begin += 4) {
        const int32_t ch = mcu_min(begin, input_ch - 4);
        mcu_depthwise_4 four;
        mcu_depthwise_prepare(dw_conv_params, quant_params, weights, bias, input_ch, ch, &four);

        for (int32_t col = 0; col < output_w; ++col) {
            const int32_t left = col * dw_conv_params->stride.w - dw_conv_params->padding.w;
            const uint32_t *first = four.weights + 6 * rows.begin;
            const int8_t *from = x + left * input_ch + ch;
            int8_t *to = y + col * input_ch + ch;

            if (left >= 0 && left + 3 <= input_w) {
                mcu_depthwise_output(from, input_row, input_ch, offset, &four, first, count, 3, dw_conv_params, to);
            } else {
                const mcu_taps cols = mcu_taps_inside(left, 1, 3, input_w);
                mcu_depthwise_output(x + (left + cols.begin) * input_ch + ch, input_row, input_ch, offset, &four,
                                     first + 2 * cols.begin, cols.end > cols.begin ? count : 0, cols.end - cols.begin,
                                     dw_conv_params, to);
            }
        }
    }
}

#endif

#endif
