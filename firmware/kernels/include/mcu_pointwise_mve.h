/* 1x1 convolution with Helium. Only for cores with __ARM_FEATURE_MVE.
 *
 * Register blocking: four output channels, the lanes of requantization, of one pixel. VMLADAVA adds 16 products to a
 * core register. Up to 16 input channels the four filters stay in vector registers while the pixels pass; deeper ones
 * are read again for every pixel, in a loop with tail predication: five loads for four times 16 products. The last
 * four output channels overlap those before them, where the count is no multiple of four.
 */
#ifndef MCU_POINTWISE_MVE_H
#define MCU_POINTWISE_MVE_H

#include "arm_nn_types.h"
#include "mcu_pointwise_plain_mve.h"
#include "mcu_requantize_mve.h"

/* Sums of products of x and four filters, `step` elements apart, over `count` elements, added to acc. */
static inline void mcu_add_products_mve(const int8_t *x, const int8_t *weights, int32_t step, int32_t count,
                                        int32_t acc[4])
{
    const int8_t *weights_1 = weights + step;
    const int8_t *weights_2 = weights_1 + step;
    const int8_t *weights_3 = weights_2 + step;
    int32_t acc_0 = acc[0];
    int32_t acc_1 = acc[1];
    int32_t acc_2 = acc[2];
    int32_t acc_3 = acc[3];

    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1:\n"
                     "vldrb.8 q0, [%[x]], #16\n"
                     "vldrb.8 q1, [%[w0]], #16\n"
                     "vmladava.s8 %[a0], q0, q1\n"
                     "vldrb.8 q1, [%[w1]], #16\n"
                     "vmladava.s8 %[a1], q0, q1\n"
                     "vldrb.8 q1, [%[w2]], #16\n"
                     "vmladava.s8 %[a2], q0, q1\n"
                     "vldrb.8 q1, [%[w3]], #16\n"
                     "vmladava.s8 %[a3], q0, q1\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [x] "+&r"(x), [w0] "+&r"(weights), [w1] "+&r"(weights_1), [w2] "+&r"(weights_2),
                       [w3] "+&r"(weights_3), [a0] "+&Te"(acc_0), [a1] "+&Te"(acc_1), [a2] "+&Te"(acc_2), [a3] "+&Te"(acc_3)
                     : [count] "r"(count)
                     : "q0", "q1", "lr", "memory");
    acc[0] = acc_0;
    acc[1] = acc_1;
    acc[2] = acc_2;
    acc[3] = acc_3;
}

static inline int32x4_t mcu_lanes_mve(const int32_t acc[4])
{
    int32x4_t lanes = vdupq_n_s32(acc[0]);
    lanes = vsetq_lane_s32(acc[1], lanes, 1);
    lanes = vsetq_lane_s32(acc[2], lanes, 2);
    return vsetq_lane_s32(acc[3], lanes, 3);
}

/* bias of four channels, with what the input offset adds to it. */
static inline int32x4_t mcu_bias_mve(const int32_t *bias, const int8_t *weights, int32_t size, int32_t input_offset)
{
    int32_t sums[4] = {0, 0, 0, 0};

    if (input_offset == 0) {
        return vldrwq_s32(bias);
    }
    for (int32_t ch = 0; ch < 4; ++ch) {
        for (int32_t i = 0; i < size; i += 16) {
            sums[ch] = vaddvaq_s8(sums[ch], vldrbq_z_s8(weights + ch * size + i, vctp8q((uint32_t)(size - i))));
        }
    }
    return vmlaq_n_s32(vldrwq_s32(bias), mcu_lanes_mve(sums), input_offset);
}

/* Four output channels of all pixels. tables: bias, multiplier, shift. */
static inline void mcu_deep_mve(const int8_t *x, int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                const int32x4_t tables[3], mcu_output_mve output, int32_t output_ch, int8_t *y)
{
    for (int32_t pixel = 0; pixel < pixels; ++pixel, x += step, y += output_ch) {
        int32_t acc[4] = {0, 0, 0, 0};
        mcu_add_products_mve(x, weights, input_ch, input_ch, acc);
        vstrbq_s32(y, mcu_rescale_mve(vaddq_s32(mcu_lanes_mve(acc), tables[0]), tables[1], tables[2], output, 0));
    }
}

/* The same where the output is plain and the filters stay in registers for some pixels. */
static inline void mcu_four_channels_mve(const int8_t *x, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                         const int32x4_t tables[3], int32_t output_ch, int8_t *y)
{
    const int32_t fours = pixels / 4;

    for (int32_t ch = 0; ch < 4; ++ch) {
        const int32_t bias = ((const int32_t *)tables)[ch];
        const int32_t multiplier = ((const int32_t *)tables)[4 + ch];
        const int32_t shift = ((const int32_t *)tables)[8 + ch];
        const int8_t *filter = weights + ch * input_ch;

        mcu_pixels_plain_mve(x, fours, input_ch / 16, filter, bias, multiplier, shift, output_ch, y + ch);
        if (4 * fours < pixels) {
            mcu_pixels_plain_mve(x + (pixels - 4) * input_ch, 1, input_ch / 16, filter, bias, multiplier, shift,
                                 output_ch, y + (pixels - 4) * output_ch + ch);
        }
    }
}

/* mcu_pointwise_s8 for at least four output channels. */
static inline void mcu_pointwise_mve(const cmsis_nn_conv_params *conv_params,
                                     const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                     int32_t step, int32_t pixels, int32_t input_ch, const int8_t *weights,
                                     const int32_t *bias, int32_t output_ch, int8_t *y)
{
    const mcu_output_mve output = {conv_params->output_offset, conv_params->activation.min,
                                   conv_params->activation.max};
    const int32_t back = (input_ch + 15) / 16 * 16;
    const int is_held = input_ch % 16 == 0 && input_ch <= 64 && step == input_ch && pixels >= 8;
    mcu_deep_mve_state state;

    for (int32_t next_ch = 0; pixels > 0 && next_ch < output_ch; next_ch += 4) {
        const int32_t ch = next_ch <= output_ch - 4 ? next_ch : output_ch - 4;
        const int8_t *filters = weights + ch * input_ch;

        state.tables[0] = mcu_bias_mve(bias + ch, filters, input_ch, conv_params->input_offset);
        state.tables[1] = vldrwq_s32(quant_params->multiplier + ch);
        state.tables[2] = vldrwq_s32(quant_params->shift + ch);
        if (!mcu_is_plain_mve(output, vmaxvq_s32(INT32_MIN, state.tables[2]))) {
            mcu_deep_mve(x, step, pixels, input_ch, filters, state.tables, output, output_ch, y + ch);
        } else if (input_ch <= 16) {
            mcu_shallow_plain_mve(x, step, pixels, input_ch, filters, state.tables, output_ch, y + ch);
        } else if (is_held) {
            mcu_four_channels_mve(x, pixels, input_ch, filters, state.tables, output_ch, y + ch);
        } else {
            state.input_ch = input_ch;
            state.output_ch = output_ch;
            state.back = back;
            state.next = step - back;
            state.pixels = pixels;
            mcu_deep_plain_mve(x, filters, &state, y + ch);
        }
    }
}

#endif
