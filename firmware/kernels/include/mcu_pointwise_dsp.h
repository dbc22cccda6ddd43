/* 1x1 convolution with the DSP extension: one output channel of 4, 2 or 1 pixels a pass.
 *
 * The pixels are widened to 16 bits once, into MCU_POINTWISE_WORDS words of stack, word by word side by side; then a pass
 * widens each four weights once and reads the pixels in pairs of words. 4 accumulators, 2 registers of weights and 2 of
 * pixels leave enough for the pointers. A pass needs the channel's bias and factors once. */
#ifndef MCU_POINTWISE_DSP_H
#define MCU_POINTWISE_DSP_H

#include "arm_nn_types.h"
#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

#define MCU_POINTWISE_WORDS 128

/* wide[2 * (n * block + pixel)] gets channels 0 and 2 of a block of four, the next word 1 and 3. */
MCU_INLINE void mcu_pointwise_widen(const int8_t *x, int32_t step, int32_t input_ch, uint32_t offset, int32_t n,
                                    uint32_t *wide)
{
    for (int32_t pixel = 0; pixel < n; ++pixel) {
        const int8_t *from = x + pixel * step;
        uint32_t *to = wide + 2 * pixel;
        for (int32_t blocks = input_ch / 4; blocks > 0; --blocks) {
            const uint32_t word = mcu_load_4(from);
            to[0] = mcu_add_even(offset, word);
            to[1] = mcu_add_odd(offset, word);
            from += 4;
            to += 2 * n;
        }
        if (input_ch % 4 != 0) {
            const uint32_t word = mcu_load_some(from, input_ch % 4);
            to[0] = mcu_add_even(offset, word);
            to[1] = mcu_add_odd(offset, word);
        }
    }
}

/* Products of `blocks` > 0 blocks of four weights with 4 pixels. */
MCU_INLINE void mcu_pointwise_dot_4(const uint32_t *wide, const int8_t *weights, int32_t blocks, int32_t acc[4])
{
    const int8_t *end = weights + 4 * blocks;
    uint32_t w, v, p, q;
    __asm__("1:\n\t"
            "ldr %[w], [%[weights]], #4\n\t"
            "ldrd %[p], %[q], [%[wide]], #32\n\t"
            "sxtb16 %[v], %[w], ror #8\n\t"
            "sxtb16 %[w], %[w]\n\t"
            "smlad %[a], %[w], %[p], %[a]\n\t"
            "smlad %[a], %[v], %[q], %[a]\n\t"
            "ldrd %[p], %[q], [%[wide], #-24]\n\t"
            "cmp %[weights], %[end]\n\t"
            "smlad %[b], %[w], %[p], %[b]\n\t"
            "smlad %[b], %[v], %[q], %[b]\n\t"
            "ldrd %[p], %[q], [%[wide], #-16]\n\t"
            "smlad %[c], %[w], %[p], %[c]\n\t"
            "smlad %[c], %[v], %[q], %[c]\n\t"
            "ldrd %[p], %[q], [%[wide], #-8]\n\t"
            "smlad %[d], %[w], %[p], %[d]\n\t"
            "smlad %[d], %[v], %[q], %[d]\n\t"
            "bne 1b"
            : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), [d] "+r"(acc[3]), [weights] "+r"(weights),
              [wide] "+r"(wide), [w] "=&r"(w), [v] "=&r"(v), [p] "=&r"(p), [q] "=&r"(q)
            : [end] "r"(end)
            : "cc", "memory");
}

/* Products of `blocks` > 0 blocks of four weights with n pixels, n in [1, 4]. */
MCU_INLINE void mcu_pointwise_dot(const uint32_t *wide, const int8_t *weights, int32_t blocks, int32_t n, int32_t acc[4])
{
    if (n == 4) {
        mcu_pointwise_dot_4(wide, weights, blocks, acc);
        return;
    }
    for (; blocks > 0; --blocks) {
        const uint32_t word = mcu_load_4(weights);
        const uint32_t even = mcu_even(word);
        const uint32_t odd = mcu_odd(word);
        for (int32_t i = 0; i < n; ++i) {
            acc[i] = mcu_dot_pair(odd, wide[2 * i + 1], mcu_dot_pair(even, wide[2 * i], acc[i]));
        }
        weights += 4;
        wide += 2 * n;
    }
}

/* n adjacent outputs, `wide` holding what their pixels have. */
MCU_INLINE void mcu_pointwise_pass(const cmsis_nn_conv_params *conv_params,
                                   const cmsis_nn_per_channel_quant_params *quant_params, const uint32_t *wide,
                                   int32_t input_ch, const int8_t *weights, const int32_t *bias, int32_t output_ch,
                                   int32_t n, int8_t *y)
{
    const int32_t output_offset = conv_params->output_offset;
    const int32_t act_min = conv_params->activation.min;
    const int32_t act_max = conv_params->activation.max;
    const int full = act_min == -128 && act_max == 127;
    const int32_t blocks = input_ch / 4;
    const int32_t rest = input_ch % 4;

    for (int32_t ch = 0; ch < output_ch; ++ch) {
        const int32_t first = bias[ch];
        const mcu_rescaling rescaling = mcu_rescaling_of(quant_params->multiplier[ch], quant_params->shift[ch], first,
                                                         input_ch, output_offset);
        int32_t acc[4] = {first, first, first, first};

        if (blocks > 0) {
            mcu_pointwise_dot(wide, weights, blocks, n, acc);
        }
        if (rest != 0) {
            const uint32_t *last = wide + 2 * n * blocks;
            const uint32_t word = mcu_load_some(weights + 4 * blocks, rest);
            for (int32_t i = 0; i < n; ++i) {
                acc[i] = mcu_dot_pair(mcu_even(word), last[2 * i], acc[i]);
                acc[i] = mcu_dot_pair(mcu_odd(word), last[2 * i + 1], acc[i]);
            }
        }
        for (int32_t i = 0; i < n; ++i) {
            y[ch + i * output_ch] = mcu_rescale_dsp(acc[i], &rescaling, output_offset, act_min, act_max, full);
        }
        weights += input_ch;
    }
}

/* How many pixels at least fit into the scratch words; 0 where mcu_pointwise_dsp cannot take so many channels. */
MCU_INLINE int32_t mcu_pointwise_fits(int32_t input_ch)
{
    return MCU_POINTWISE_WORDS / (2 * ((input_ch + 3) / 4));
}

/* As mcu_pointwise_s8, where mcu_pointwise_fits is not 0. */
MCU_INLINE void mcu_pointwise_dsp(const cmsis_nn_conv_params *conv_params,
                                  const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x, int32_t step,
                                  int32_t pixels, int32_t input_ch, const int8_t *weights, const int32_t *bias,
                                  int32_t output_ch, int8_t *y)
{
    const uint32_t offset = mcu_pair(conv_params->input_offset);
    const int32_t fit = mcu_pointwise_fits(input_ch);
    uint32_t wide[MCU_POINTWISE_WORDS] __attribute__((aligned(8)));

    while (pixels > 0) {
        int32_t n = mcu_min(pixels, fit);
        if (n >= 4) {
            n = 4;
            mcu_pointwise_widen(x, step, input_ch, offset, 4, wide);
            mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 4, y);
        } else if (n == 3) {
            mcu_pointwise_widen(x, step, input_ch, offset, 3, wide);
            mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 3, y);
        } else if (n == 2) {
            mcu_pointwise_widen(x, step, input_ch, offset, 2, wide);
            mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 2, y);
        } else {
            mcu_pointwise_widen(x, step, input_ch, offset, 1, wide);
            mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 1, y);
        }
        x += n * step;
        y += n * output_ch;
        pixels -= n;
    }
}

#endif

#endif
