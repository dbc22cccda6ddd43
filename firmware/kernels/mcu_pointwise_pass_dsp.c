/* What output channels need before a pass, and what those do that its assembly cannot rescale. */
#include "mcu_pointwise_pass_dsp.h"

#include "mcu_variants.h"

#if MCU_DSP

/* |bias| at most; what comes on top, at most 2^14 products of at most 255 * 128, then leaves the sum below 2^30. */
#define MCU_PASS_LARGE_BIAS (1 << 28)

/* Constants of at most `most` > 0 channels, as far as they can be rescaled by a shift to the right by [1, 23]. words:
 * the first two words that mcu_pass takes, then its channels. step: weights of a channel's first block, times 256.
 * Returns how many channels. */
static int32_t mcu_pass_constants(const int32_t *multiplier, const int32_t *shift, const int32_t *bias, int32_t most,
                                  uint32_t step, uint32_t *words)
{
    const int32_t *end = multiplier + most;

    words[0] = step;
    words[1] = 0;
    ++words;
    do {
        const uint32_t less_1 = ~(uint32_t)*shift++;
        const uint32_t start = (uint32_t)*bias++;
        if (less_1 > 22 || start + MCU_PASS_LARGE_BIAS > 2u * MCU_PASS_LARGE_BIAS) {
            break;
        }
        words[0] = start * 2;
        words[1] = (uint32_t)*multiplier++;
        words[2] = less_1 + step;
        words += MCU_PASS_CHANNEL_WORDS;
    } while (multiplier != end);
    const int32_t count = most - (int32_t)(end - multiplier);
    if (count > 0) {
        words[-1] &= 0xFFu;
    }
    return count;
}

mcu_pass_run mcu_pass_prepare(const cmsis_nn_conv_params *conv_params, const int32_t *multiplier, const int32_t *shift,
                              const int32_t *bias, int32_t first, int32_t most, uint32_t *words)
{
    const int full = conv_params->activation.min == -128 && conv_params->activation.max == 127;

    if (full) {
        const int32_t count = mcu_pass_constants(multiplier, shift, bias, most, (uint32_t)first << 8, words);
        if (count > 0) {
            return (mcu_pass_run){count, conv_params->output_offset == -128 ? MCU_PASS_RELU : MCU_PASS_ANY, words};
        }
    }
    words[0] = (uint32_t)first << 8;
    words[1] = 0;
    return (mcu_pass_run){full ? 1 : most, MCU_PASS_RAW, words};
}

void mcu_pass_raw(const cmsis_nn_conv_params *conv_params, const int32_t *multiplier, const int32_t *shift,
                  const int32_t *bias, const mcu_pass_run *run, const int8_t *weights, int32_t n, mcu_pass_tail *tail)
{
    int32_t acc[MCU_PASS_PIXELS];
    int8_t *y = tail->y;

    tail->y = (int8_t *)acc;
    for (int32_t ch = 0; ch < run->count; ++ch) {
        weights = MCU_PASS_FOR(n, mcu_pass, tail->stream, weights, run->words);
        for (int32_t i = 0; i < n; ++i) {
            y[i * tail->step] = mcu_rescale_s8((acc[i] >> 1) + bias[ch], multiplier[ch], shift[ch],
                                               conv_params->output_offset, conv_params->activation.min,
                                               conv_params->activation.max);
        }
        ++y;
    }
    tail->y = y;
}

#endif
