/* 1x1 convolution with the DSP extension: one output channel of 1 to 6 pixels a pass.
 *
 * The pixels are widened to 16 bits once, into MCU_POINTWISE_WORDS words of stack, word by word side by side; then a
 * pass widens each four weights once and reads the pixels in pairs of words. 6 accumulators, 2 registers of weights and
 * 2 of pixels leave enough for the pointers. A pass needs the channel's bias and factors once. */
#ifndef MCU_POINTWISE_DSP_H
#define MCU_POINTWISE_DSP_H

#include "arm_nn_types.h"
#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

#if defined(__OPTIMIZE_SIZE__)
#define MCU_POINTWISE_WORDS 128
#else
#define MCU_POINTWISE_WORDS 288
#endif

/* How many of `pixels` > 0 to take at once where `fit` do, so that no pass has few of them: at most 6. */
MCU_INLINE int32_t mcu_pointwise_share(int32_t pixels, int32_t fit)
{
    const int32_t most = mcu_min(fit, 6);
    const int32_t passes = (pixels + most - 1) / most;
    return (pixels + passes - 1) / passes;
}

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

#define MCU_POINTWISE_BEGIN \
    "1: ldr %[w], [%[weights]], #4\n\t" \
    "sxtb16 %[v], %[w], ror #8\n\t" \
    "sxtb16 %[w], %[w]\n\t"
#define MCU_POINTWISE_PIXEL(acc, from) \
    "ldrd %[p], %[q], [%[wide]" from "\n\t" \
    "smlad %[" acc "], %[w], %[p], %[" acc "]\n\t" \
    "smlad %[" acc "], %[v], %[q], %[" acc "]\n\t"
#define MCU_POINTWISE_END \
    "cmp %[weights], %[end]\n\t" \
    "bne 1b"
#define MCU_POINTWISE_USED \
    [weights] "+r"(weights), [wide] "+r"(wide), [w] "=&r"(w), [v] "=&r"(v), [p] "=&r"(p), [q] "=&r"(q) \
        : [end] "r"(end) \
        : "cc", "memory"

/* Products of `blocks` > 0 blocks of four weights with n pixels: 5 + 3 * n instructions for 4 * n products. */
MCU_INLINE void mcu_pointwise_dot(const uint32_t *wide, const int8_t *weights, int32_t blocks, int32_t n,
                                  int32_t acc[6])
{
    const int8_t *end = weights + 4 * blocks;
    uint32_t w, v, p, q;

    if (n == 6) {
        __asm__(MCU_POINTWISE_BEGIN MCU_POINTWISE_PIXEL("b", ", #8]") MCU_POINTWISE_PIXEL("c", ", #16]")
                MCU_POINTWISE_PIXEL("d", ", #24]") MCU_POINTWISE_PIXEL("e", ", #32]")
                MCU_POINTWISE_PIXEL("f", ", #40]") MCU_POINTWISE_PIXEL("a", "], #48") MCU_POINTWISE_END
                : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), [d] "+r"(acc[3]),
                  [e] "+r"(acc[4]), [f] "+r"(acc[5]), MCU_POINTWISE_USED);
    } else if (n == 5) {
        __asm__(MCU_POINTWISE_BEGIN MCU_POINTWISE_PIXEL("b", ", #8]") MCU_POINTWISE_PIXEL("c", ", #16]")
                MCU_POINTWISE_PIXEL("d", ", #24]") MCU_POINTWISE_PIXEL("e", ", #32]")
                MCU_POINTWISE_PIXEL("a", "], #40") MCU_POINTWISE_END
                : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), [d] "+r"(acc[3]),
                  [e] "+r"(acc[4]), MCU_POINTWISE_USED);
    } else if (n == 4) {
        __asm__(MCU_POINTWISE_BEGIN MCU_POINTWISE_PIXEL("b", ", #8]") MCU_POINTWISE_PIXEL("c", ", #16]")
                MCU_POINTWISE_PIXEL("d", ", #24]") MCU_POINTWISE_PIXEL("a", "], #32") MCU_POINTWISE_END
                : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), [d] "+r"(acc[3]), MCU_POINTWISE_USED);
    } else if (n == 3) {
        __asm__(MCU_POINTWISE_BEGIN MCU_POINTWISE_PIXEL("b", ", #8]") MCU_POINTWISE_PIXEL("c", ", #16]")
                MCU_POINTWISE_PIXEL("a", "], #24") MCU_POINTWISE_END
                : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), MCU_POINTWISE_USED);
    } else if (n == 2) {
        __asm__(MCU_POINTWISE_BEGIN MCU_POINTWISE_PIXEL("b", ", #8]") MCU_POINTWISE_PIXEL("a", "], #16")
                MCU_POINTWISE_END
                : [a] "+r"(acc[0]), [b] "+r"(acc[1]), MCU_POINTWISE_USED);
    } else {
        __asm__(MCU_POINTWISE_BEGIN MCU_POINTWISE_PIXEL("a", "], #8") MCU_POINTWISE_END
                : [a] "+r"(acc[0]), MCU_POINTWISE_USED);
    }
}

#undef MCU_POINTWISE_BEGIN
#undef MCU_POINTWISE_PIXEL
#undef MCU_POINTWISE_END
#undef MCU_POINTWISE_USED

/* n adjacent outputs, `wide` holding what their pixels have. */
MCU_INLINE void mcu_pointwise_pass(const cmsis_nn_conv_params *conv_params,
                                   const cmsis_nn_per_channel_quant_params *quant_params, const uint32_t *wide,
                                   int32_t input_ch, const int8_t *weights, const int32_t *bias, int32_t output_ch,
                                   int32_t n, int8_t *y)
{
    const int32_t output_offset = conv_params->output_offset;
    const int full = conv_params->activation.min == -128 && conv_params->activation.max == 127;
    const int32_t blocks = input_ch / 4;
    const int32_t rest = input_ch % 4;

    const int32_t *multiplier = quant_params->multiplier;
    const int32_t *shift = quant_params->shift;

    for (int8_t *end = y + output_ch; y < end; ++y) {
        const int32_t first = *bias++;
        const mcu_rescaling rescaling = mcu_rescaling_of(*multiplier++, *shift++, first, output_offset);
        int32_t acc[6] = {first, first, first, first, first, first};

        if (blocks > 0) {
            mcu_pointwise_dot(wide, weights, blocks, n, acc);
        }
        if (rest != 0) {
            const uint32_t *last = wide + 2 * n * blocks;
            const uint32_t word = mcu_load_some(weights + 4 * blocks, rest);
            const uint32_t even = mcu_even(word);
            const uint32_t odd = mcu_odd(word);
            for (int32_t i = 0; i < n; ++i) {
                acc[i] = mcu_dot_pair(odd, last[2 * i + 1], mcu_dot_pair(even, last[2 * i], acc[i]));
            }
        }
        if (full && rescaling.right != 0) {
            int8_t *to = y;
            for (int32_t i = 0; i < n; ++i, to += output_ch) {
                *to = (int8_t)mcu_rescale_fast(acc[i], rescaling.multiplier, rescaling.constant, rescaling.right);
            }
        } else {
            const int32_t copy[6] = {acc[0], acc[1], acc[2], acc[3], acc[4], acc[5]};
            const mcu_rescaling slow = rescaling;
            mcu_rescale_any(copy, &slow, output_offset, &conv_params->activation, n, y, output_ch);
        }
        weights += input_ch;
    }
}

/* The same with every count of pixels a loop of its own; n in [1, 6]. */
static inline void mcu_pointwise_pass_any(const cmsis_nn_conv_params *conv_params,
                                          const cmsis_nn_per_channel_quant_params *quant_params, const uint32_t *wide,
                                          int32_t input_ch, const int8_t *weights, const int32_t *bias,
                                          int32_t output_ch, int32_t n, int8_t *y)
{
    if (n == 6) {
        mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 6, y);
    } else if (n == 5) {
        mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 5, y);
    } else if (n == 4) {
        mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 4, y);
    } else if (n == 3) {
        mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 3, y);
    } else if (n == 2) {
        mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 2, y);
    } else {
        mcu_pointwise_pass(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, 1, y);
    }
}

/* How many pixels fit into the scratch words; 0 where mcu_pointwise_dsp cannot take so many channels. */
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
        const int32_t n = mcu_pointwise_share(pixels, fit);
        mcu_pointwise_widen(x, step, input_ch, offset, n, wide);
        mcu_pointwise_pass_any(conv_params, quant_params, wide, input_ch, weights, bias, output_ch, n, y);
        x += n * step;
        y += n * output_ch;
        pixels -= n;
    }
}

#endif

#endif
