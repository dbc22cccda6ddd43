/* What Helium's 1x1 convolution and the convolutions that end there agree on. Only for cores with __ARM_FEATURE_MVE. */
#ifndef MCU_FILTERS_MVE_H
#define MCU_FILTERS_MVE_H

#include "arm_nn_types.h"
#include "mcu_layout_mve.h"
#include "mcu_requantize_mve.h"

/* Whether flash is spent on speed: code for usual depths alone, and inline in arm_convolve_1x1_s8_fast what it could
 * call. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_FOR_SPEED_MVE 0
#else
#define MCU_FOR_SPEED_MVE 1
#endif

/* Output channels whose bias is prepared at once. */
#define MCU_BIAS_BLOCK_MVE 64

/* Where a filter and the numbers of its output channel lie. */
typedef struct {
    const int8_t *weights;
    const int32_t *bias;
    const int32_t *multiplier;
    const int32_t *shift;
} mcu_tables_mve;

/* Moves on by so many filters of `depth` weights, or back. */
static inline void mcu_move_tables_mve(mcu_tables_mve *tables, int32_t filters, int32_t depth)
{
    tables->weights += filters * depth;
    tables->bias += filters;
    tables->multiplier += filters;
    tables->shift += filters;
}

/* At least four filters, each `depth` weights long, and what their outputs need. bias: with what the input offset adds.
 * is_linear: the clamp is int8's range and no shift is positive; is_plain (mcu_requantize_mve.h) is that and more.
 * chunks: of 16 weights, rounded up. output_ch: from an output pixel to the next. reads_on: the pixels are read to the
 * end of a chunk, whatever lies there. */
typedef struct {
    mcu_tables_mve tables; /* of the first */
    int32_t depth;
    int32_t chunks;
    int32_t channels;
    int32_t output_ch;
    int32_t is_plain;
    int32_t is_linear;
    int32_t reads_on;
    mcu_output_mve output;
} mcu_filters_mve;

/* Between stores of four numbers of a kind: GCC would collect them in a vector, by way of the stack. */
#define MCU_STORE_APART __asm__ volatile("" : : : "memory")

/* The outputs of all filters for `pixels` pixels, `step` elements apart. */
void mcu_filter_pixels_mve(const mcu_filters_mve *filters, const int8_t *x, int32_t step, int32_t pixels, int8_t *y);

/* The same with what the input offset adds. */
void mcu_filter_with_offset_mve(const mcu_filters_mve *filters, int32_t input_offset, const int8_t *x, int32_t step,
                                int32_t pixels, int8_t *y);

/* bias[i] plus what the input offset adds to it, for `channels` > 0 filters of `size` weights; from 17 to 32 of them
 * without an inner loop. */
static inline void mcu_fold_offset_mve(const int32_t *bias, const int8_t *weights, int32_t size, int32_t channels,
                                       int32_t input_offset, int32_t *folded)
{
    if (MCU_FOR_SPEED_MVE && size > 16 && size <= 32) {
        int32_t sum = 0;
        int32_t folded_one;
        mve_pred16_t inside = vctp8q((uint32_t)(size - 16));

        __asm__ volatile("dls lr, %[channels]\n"
                         "1:\n vldrb.8 q0, [%[w]]\n vpst\n vldrbt.8 q1, [%[w], #16]\n add %[w], %[w], %[size]\n"
                         "vaddv.s8 %[sum], q0\n vaddva.s8 %[sum], q1\n ldr %[one], [%[bias]], #4\n"
                         "mla %[one], %[sum], %[offset], %[one]\n str %[one], [%[folded]], #4\n le lr, 1b\n"
                         : [w] "+&r"(weights), [bias] "+&r"(bias), [folded] "+&r"(folded), [sum] "+&Te"(sum),
                           [one] "=&r"(folded_one), [inside] "+Up"(inside)
                         : [channels] "r"(channels), [size] "r"(size), [offset] "r"(input_offset)
                         : "q0", "q1", "lr", "memory");
        return;
    }
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

/* Whether no shift is positive: 16 of them at a time, then four. */
static inline int mcu_all_right_mve(const int32_t *shift, int32_t channels)
{
    int32_t largest = INT32_MIN;

    __asm__ volatile("lsr lr, %[channels], #4\n wls lr, lr, 2f\n"
                     "1:\n vldmia %[shift]!, {d0-d7}\n vmax.s32 q0, q0, q1\n vmax.s32 q2, q2, q3\n"
                     "vmax.s32 q0, q0, q2\n vmaxv.s32 %[largest], q0\n le lr, 1b\n"
                     "2:\n and lr, %[channels], #15\n wlstp.32 lr, lr, 4f\n"
                     "3:\n vldrw.32 q0, [%[shift]], #16\n vmaxv.s32 %[largest], q0\n letp lr, 3b\n"
                     "4:\n"
                     : [shift] "+&r"(shift), [largest] "+&r"(largest)
                     : [channels] "r"(channels)
                     : "q0", "q1", "q2", "q3", "lr", "memory");
    return largest <= 0;
}

/* Output channels [ch, ch + channels); the bias is `bias` itself. */
static inline void mcu_set_filters_mve(mcu_filters_mve *filters, const cmsis_nn_conv_params *conv_params,
                                       const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *weights,
                                       const int32_t *bias, int32_t depth, int32_t ch, int32_t channels,
                                       int32_t output_ch)
{
    filters->tables.weights = weights + ch * depth;
    filters->tables.bias = bias + ch;
    MCU_STORE_APART;
    filters->tables.multiplier = quant_params->multiplier + ch;
    filters->tables.shift = quant_params->shift + ch;
    filters->depth = depth;
    filters->chunks = (int32_t)((uint32_t)(depth + 15) / 16);
    MCU_STORE_APART;
    filters->channels = channels;
    filters->output_ch = output_ch;
    filters->output.output_offset = conv_params->output_offset;
    filters->output.act_min = conv_params->activation.min;
    filters->output.act_max = conv_params->activation.max;
    filters->is_linear = conv_params->activation.min == -128 && conv_params->activation.max == 127 &&
                         mcu_all_right_mve(filters->tables.shift, channels);
    filters->is_plain = conv_params->output_offset == -128 && filters->is_linear;
    filters->reads_on = 0;
}

/* Puts what the input offset adds into `folded`, and that in the place of the bias. */
static inline void mcu_fold_filters_mve(mcu_filters_mve *filters, int32_t input_offset,
                                        int32_t folded[MCU_BIAS_BLOCK_MVE])
{
    if (input_offset != 0) {
        mcu_fold_offset_mve(filters->tables.bias, filters->tables.weights, filters->depth, filters->channels,
                            input_offset, folded);
        filters->tables.bias = folded;
    }
}

/* mcu_pointwise_s8 where there are at least four output channels. Returns whether there are. */
static inline __attribute__((always_inline)) int
mcu_pointwise_mve(const cmsis_nn_conv_params *conv_params, const cmsis_nn_per_channel_quant_params *quant_params,
                  const int8_t *x, int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                  const int32_t *bias, int32_t output_ch, int8_t *y)
{
    const int32_t input_offset = conv_params->input_offset;
    mcu_filters_mve filters;

    if (output_ch < 4) {
        return 0;
    }
    mcu_set_filters_mve(&filters, conv_params, quant_params, weights, bias, input_ch, 0, output_ch, output_ch);
    if (input_offset == 0) {
        mcu_filter_pixels_mve(&filters, x, step, pixels, y);
    } else {
        mcu_filter_with_offset_mve(&filters, input_offset, x, step, pixels, y);
    }
    return 1;
}

#endif
