/* 1x1 convolution with the DSP extension: the constants of some output channels, then the passes of mcu_pass_dsp.h over
 * all pixels with them; both share MCU_POINTWISE_SCRATCH words of stack. */
#ifndef MCU_POINTWISE_PASS_DSP_H
#define MCU_POINTWISE_PASS_DSP_H

#include "arm_nn_types.h"
#include "mcu_fixed_point.h"
#include "mcu_widen_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* With 384, all constants of 64 output channels lie beside 5 pixels of 64 channels. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_POINTWISE_SCRATCH 192
#else
#define MCU_POINTWISE_SCRATCH 384
#endif

/* A run of output channels that are rescaled in one way; words: what mcu_pass takes. */
typedef struct {
    int32_t count;
    int32_t rescale;
    uint32_t *words;
} mcu_pass_run;

/* The word before the stream, its tail and the two words before the channels. */
#define MCU_POINTWISE_AROUND (1 + MCU_PASS_TAIL_WORDS + 2)

/* For how many output channels there is room beside n pixels, of `room` words; less than 1: for none. */
MCU_INLINE int32_t mcu_pointwise_channels(int32_t room, int32_t n, int32_t blocks)
{
    return (room - MCU_POINTWISE_AROUND - mcu_pass_words(n, blocks)) / MCU_PASS_CHANNEL_WORDS;
}

/* How many pixels at once, at most: the more, the fewer output channels for which they are widened. Of 3 pixels a pass
 * is nearly as good as one of 4, one of 2 is not. 0: not even 2. */
MCU_INLINE int32_t mcu_pointwise_pixels(int32_t room, int32_t blocks, int32_t output_ch)
{
#if MCU_PASS_PIXELS == 6
    for (int32_t n = 6; n > 2; --n) {
        if (mcu_pointwise_channels(room, n, blocks) >= mcu_min(output_ch, n == 3 ? 8 : 20)) {
            return n;
        }
    }
#else
    if (mcu_pointwise_channels(room, 4, blocks) >= mcu_min(output_ch, 8)) {
        return 4;
    }
#endif
    return mcu_pointwise_channels(room, 2, blocks) > 0 ? 2 : 0;
}

/* The longest run of at most `most` > 0 channels, its constants in `words`. first: weights of a channel's first
 * block. */
mcu_pass_run mcu_pass_prepare(const cmsis_nn_conv_params *conv_params, const int32_t *multiplier, const int32_t *shift,
                              const int32_t *bias, int32_t first, int32_t most, uint32_t *words);

/* The passes for a run of channels that take mcu_rescale_s8. */
void mcu_pass_raw(const cmsis_nn_conv_params *conv_params, const int32_t *multiplier, const int32_t *shift,
                  const int32_t *bias, const mcu_pass_run *run, const int8_t *weights, int32_t n, mcu_pass_tail *tail);

/* As mcu_pointwise_s8, where mcu_pointwise_pixels is not 0; input_ch >= 4. */
MCU_INLINE void mcu_pointwise_passes(const cmsis_nn_conv_params *conv_params,
                                     const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                     int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                     const int32_t *bias, int32_t output_ch, int8_t *y)
{
    if (pixels <= 0) {
        return;
    }

    const int32_t blocks = (input_ch + 3) / 4;
    const mcu_widening widening = mcu_widening_of(conv_params->input_offset, input_ch);
    const int32_t fit = mcu_pointwise_pixels(MCU_POINTWISE_SCRATCH, blocks, output_ch);
    const int32_t widest = mcu_max(mcu_pass_share(pixels, fit), 2);
    const int32_t channels = mcu_pointwise_channels(MCU_POINTWISE_SCRATCH, widest, blocks);
    const int32_t groups = (output_ch + channels - 1) / channels;
    uint32_t scratch[MCU_POINTWISE_SCRATCH];
    uint32_t *stream = scratch + 1;
    uint32_t *words = stream + mcu_pass_words(widest, blocks) + MCU_PASS_TAIL_WORDS;

    for (int32_t ch = 0; ch < output_ch;) {
        const int32_t most = mcu_min((output_ch + groups - 1) / groups, output_ch - ch);
        const mcu_pass_run run = mcu_pass_prepare(conv_params, quant_params->multiplier + ch, quant_params->shift + ch,
                                                  bias + ch, widening.first, most, words);
        mcu_pass_tail *tail = NULL;
        int32_t linked = 0;

        for (int32_t done = 0, taken; done < pixels; done += taken) {
            taken = mcu_pass_share(pixels - done, fit);
            /* A single pixel is its own neighbour. */
            const int32_t n = mcu_max(taken, 2);
            const int32_t apart = taken > 1;
            if (n != linked) {
                tail = mcu_pass_link(n, blocks, run.rescale, stream);
                linked = n;
            }
            MCU_PASS_FOR(n, mcu_widen, x + done * step, apart * step, &widening, stream);
            *tail = (mcu_pass_tail){run.words + 2, y + done * output_ch + ch, apart * output_ch,
                                    2 * conv_params->output_offset + 1, stream};
            if (run.rescale == MCU_PASS_RAW) {
                mcu_pass_raw(conv_params, quant_params->multiplier + ch, quant_params->shift + ch, bias + ch, &run,
                             weights + ch * input_ch, n, tail);
            } else {
                MCU_PASS_FOR(n, mcu_pass, stream, weights + ch * input_ch, run.words);
            }
        }
        ch += run.count;
    }
}

#endif

#endif
