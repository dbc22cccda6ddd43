/* What Helium's 1x1 convolution and the convolutions that end there agree on. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_FILTERS_MVE_H
#define MCU_FILTERS_MVE_H

#include "arm_nn_types.h"
#include "mcu_requantize_mve.h"

/* Output channels whose bias is prepared at once. */
#define MCU_BIAS_BLOCK_MVE 64

/* At least four filters, each `depth` weights long, and what their outputs need. bias: with what the input offset adds.
 * is_linear: the clamp is int8's range and no shift is positive; is_plain (mcu_requantize_mve.h) is that and more.
 * chunks: of 16 weights, rounded up. output_ch: from an output pixel to the next. reads_on: the pixels are read to the
 * end of a chunk, whatever lies there. */
typedef struct {
    const int8_t *weights;
    const int32_t *bias;
    const int32_t *multiplier;
    const int32_t *shift;
    int32_t depth;
    int32_t chunks;
    int32_t channels;
    int32_t output_ch;
    int32_t is_plain;
    int32_t is_linear;
    int32_t reads_on;
    mcu_output_mve output;
} mcu_filters_mve;

/* The outputs of all filters for `pixels` pixels, `step` elements apart. */
void mcu_filter_pixels_mve(const mcu_filters_mve *filters, const int8_t *x, int32_t step, int32_t pixels, int8_t *y);

/* bias[i] plus what the input offset adds to it, for `channels` filters of `size` weights. */
static inline void mcu_fold_offset_mve(const int32_t *bias, const int8_t *weights, int32_t size, int32_t channels,
                                       int32_t input_offset, int32_t *folded)
{
    for (int32_t ch = 0; ch < channels; ++ch) {
        int32_t sum = 0;

        __asm__ volatile("dlstp.8 lr, %[size]\n"
                         "1:\n vldrb.8 q0, [%[w]], #16\n vaddva.s8 %[sum], q0\n letp lr, 1b\n"
                         : [w] "+&r"(weights), [sum] "+&Te"(sum)
                         : [size] "r"(size)
                         : "q0", "lr", "memory");
        weights += size - (size + 15) / 16 * 16;
        folded[ch] = (int32_t)((uint32_t)bias[ch] + (uint32_t)input_offset * (uint32_t)sum);
    }
}

/* Whether no shift is positive. */
static inline int mcu_all_right_mve(const int32_t *shift, int32_t channels)
{
    int32_t largest = INT32_MIN;

    __asm__ volatile("dlstp.32 lr, %[channels]\n"
                     "1:\n vldrw.32 q0, [%[shift]], #16\n vmaxv.s32 %[largest], q0\n letp lr, 1b\n"
                     : [shift] "+&r"(shift), [largest] "+&r"(largest)
                     : [channels] "r"(channels)
                     : "q0", "lr", "memory");
    return largest <= 0;
}

/* Output channels [ch, ch + channels); the bias is `bias` itself. */
static inline void mcu_set_filters_mve(mcu_filters_mve *filters, const cmsis_nn_conv_params *conv_params,
                                       const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *weights,
                                       const int32_t *bias, int32_t depth, int32_t ch, int32_t channels,
                                       int32_t output_ch)
{
    filters->weights = weights + ch * depth;
    filters->bias = bias + ch;
    filters->multiplier = quant_params->multiplier + ch;
    filters->shift = quant_params->shift + ch;
    filters->depth = depth;
    filters->chunks = (depth + 15) / 16;
    filters->channels = channels;
    filters->output_ch = output_ch;
    filters->output.output_offset = conv_params->output_offset;
    filters->output.act_min = conv_params->activation.min;
    filters->output.act_max = conv_params->activation.max;
    filters->is_linear = conv_params->activation.min == -128 && conv_params->activation.max == 127 &&
                         mcu_all_right_mve(filters->shift, channels);
    filters->is_plain = filters->is_linear && conv_params->output_offset == -128;
    filters->reads_on = 0;
}

/* Puts what the input offset adds into `folded`, and that in the place of the bias. */
static inline void mcu_fold_filters_mve(mcu_filters_mve *filters, int32_t input_offset,
                                        int32_t folded[MCU_BIAS_BLOCK_MVE])
{
    if (input_offset != 0) {
        mcu_fold_offset_mve(filters->bias, filters->weights, filters->depth, filters->channels, input_offset, folded);
        filters->bias = folded;
    }
}

#endif
