/* 3x3 depthwise convolution with Helium. Only for cores with __ARM_FEATURE_MVE.
 *
 * Register blocking: 16 channels of one pixel, four accumulators of four lanes. VMULLB and VMULLT multiply 16 bytes to
 * 16-bit products; two of them are added before they are widened. So accumulator a holds channels b + 4 * i, and the
 * tables of a block are sorted like that; saturating narrowing puts the channels in order again. Fewer than 16 channels
 * fill the first lanes; exactly eight, with stride 1, are taken as 16 of two neighbouring pixels. The last 16 channels
 * overlap those before them, where the count is no multiple of 16.
 */
#ifndef MCU_DEPTHWISE_MVE_H
#define MCU_DEPTHWISE_MVE_H

#include "arm_nnsupportfunctions.h"
#include "mcu_requantize_mve.h"

/* What 16 lanes need. Lane 4 * i + b of a table belongs to channel 4 * i + b and is stored at 4 * b + i. */
typedef struct {
    int8_t weights[9][16];
    int32_t bias[16];
    int32_t multiplier[16];
    int32_t shift[16];
    int32_t bias_alone[16]; /* without what the input offset adds */
    int32_t has_lowest; /* a weight is -128: two products of it may not fit in 16 bits */
    int32_t is_plain;
} mcu_depthwise_block_mve;

typedef struct {
    int32x4_t lanes[4];
} mcu_accumulators_mve;

static inline void mcu_widen_mve(mcu_accumulators_mve *acc, int16x8_t even, int16x8_t odd)
{
    acc->lanes[0] = vaddq_s32(acc->lanes[0], vmovlbq_s16(even));
    acc->lanes[1] = vaddq_s32(acc->lanes[1], vmovlbq_s16(odd));
    acc->lanes[2] = vaddq_s32(acc->lanes[2], vmovltq_s16(even));
    acc->lanes[3] = vaddq_s32(acc->lanes[3], vmovltq_s16(odd));
}

static inline void mcu_add_one_mve(mcu_accumulators_mve *acc, int8x16_t x, int8x16_t weights)
{
    mcu_widen_mve(acc, vmullbq_int_s8(x, weights), vmulltq_int_s8(x, weights));
}

/* The 16 bytes of an output, in order. */
static inline int8x16_t mcu_depthwise_output_mve(const mcu_accumulators_mve *acc, const mcu_depthwise_block_mve *block,
                                                 mcu_output_mve output, int is_plain)
{
    int32x4_t y[4];
    int16x8_t even;
    int16x8_t odd;

    for (int i = 0; i < 4; ++i) {
        const int32x4_t multiplier = vldrwq_s32(block->multiplier + 4 * i);
        const int32x4_t shift = vldrwq_s32(block->shift + 4 * i);
        y[i] = mcu_requantize_mve(acc->lanes[i], multiplier, shift, is_plain);
    }
    even = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), y[0]), y[2]);
    odd = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), y[1]), y[3]);
    even = vqaddq_n_s16(even, (int16_t)output.output_offset);
    odd = vqaddq_n_s16(odd, (int16_t)output.output_offset);
    {
        const int8x16_t bytes = vqmovntq_s16(vqmovnbq_s16(vdupq_n_s8(0), even), odd);
        if (is_plain) {
            return bytes;
        }
        return vminq_s8(vmaxq_s8(bytes, vdupq_n_s8((int8_t)output.act_min)), vdupq_n_s8((int8_t)output.act_max));
    }
}

static inline mcu_accumulators_mve mcu_depthwise_bias_mve(const mcu_depthwise_block_mve *block)
{
    mcu_accumulators_mve acc;
    for (int i = 0; i < 4; ++i) {
        acc.lanes[i] = vldrwq_s32(block->bias + 4 * i);
    }
    return acc;
}

/* Text of assembly: q0 to q3 get bias and nine products of the pixel at x. From tap to tap x moves by `tap`, from row to
 * row by `down`, and by `next` behind the last. Two products fill q6 and q7; the second weight is loaded twice, for lack
 * of a register. */
#define MCU_DW_MOVE(by) "add %[x], %[x], %[" by "]\n"
#define MCU_DW_FIRST(weights, by)                                                                                      \
    "vldrb.8 q4, [%[x]]\n vldrw.32 q5, [%[block], #" weights "]\n" MCU_DW_MOVE(by)                                     \
    "vmullb.s8 q6, q4, q5\n vmullt.s8 q7, q4, q5\n"
#define MCU_DW_SECOND(weights, by)                                                                                     \
    "vldrb.8 q4, [%[x]]\n vldrw.32 q5, [%[block], #" weights "]\n" MCU_DW_MOVE(by)                                     \
    "vmullb.s8 q5, q4, q5\n vadd.i16 q6, q6, q5\n vldrw.32 q5, [%[block], #" weights "]\n"                             \
    "vmullt.s8 q4, q4, q5\n vadd.i16 q7, q7, q4\n"
#define MCU_DW_WIDEN                                                                                                   \
    "vmovlb.s16 q4, q6\n vadd.i32 q0, q0, q4\n vmovlb.s16 q5, q7\n vadd.i32 q1, q1, q5\n"                              \
    "vmovlt.s16 q4, q6\n vadd.i32 q2, q2, q4\n vmovlt.s16 q5, q7\n vadd.i32 q3, q3, q5\n"
#define MCU_DW_PIXEL                                                                                                   \
    "vldrw.32 q0, [%[block], #144]\n vldrw.32 q1, [%[block], #160]\n"                                                  \
    "vldrw.32 q2, [%[block], #176]\n vldrw.32 q3, [%[block], #192]\n"                                                  \
    MCU_DW_FIRST("0", "tap") MCU_DW_SECOND("16", "tap") MCU_DW_WIDEN                                                   \
    MCU_DW_FIRST("32", "down") MCU_DW_SECOND("48", "tap") MCU_DW_WIDEN                                                 \
    MCU_DW_FIRST("64", "tap") MCU_DW_SECOND("80", "down") MCU_DW_WIDEN                                                 \
    MCU_DW_FIRST("96", "tap") MCU_DW_SECOND("112", "tap") MCU_DW_WIDEN                                                 \
    MCU_DW_FIRST("128", "next") MCU_DW_WIDEN
#define MCU_DW_RESCALE(acc, multiplier, shift)                                                                         \
    "vldrw.32 q4, [%[block], #" multiplier "]\n vldrw.32 q5, [%[block], #" shift "]\n"                                 \
    "vqrdmulh.s32 " acc ", " acc ", q4\n vrshl.s32 " acc ", " acc ", q5\n"

/* `count` > 0 pixels of 16 lanes whose nine taps all lie inside the input; x: their first tap. */
static inline void mcu_depthwise_plain_mve(const int8_t *x, int32_t tap, int32_t down, int32_t next, int32_t count,
                                           const mcu_depthwise_block_mve *block, int8_t *y, int32_t y_step)
{
    __asm__ volatile("dls lr, %[count]\n"
                     "1:\n" MCU_DW_PIXEL
                     MCU_DW_RESCALE("q0", "208", "272") MCU_DW_RESCALE("q1", "224", "288")
                     MCU_DW_RESCALE("q2", "240", "304") MCU_DW_RESCALE("q3", "256", "320")
                     "vqmovnb.s32 q0, q0\n vqmovnt.s32 q0, q2\n vqmovnb.s32 q1, q1\n vqmovnt.s32 q1, q3\n"
                     "vqadd.s16 q0, q0, %[offset]\n vqadd.s16 q1, q1, %[offset]\n"
                     "vqmovnb.s16 q0, q0\n vqmovnt.s16 q0, q1\n"
                     "vstrb.8 q0, [%[y]]\n add %[y], %[y], %[y_step]\n"
                     "le lr, 1b\n"
                     : [x] "+&r"(x), [y] "+&r"(y)
                     : [tap] "r"(tap), [down] "r"(down), [next] "r"(next), [count] "r"(count), [block] "r"(block),
                       [y_step] "r"(y_step), [offset] "r"(-128)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory");
}

/* The accumulators of one such pixel. */
static inline mcu_accumulators_mve mcu_depthwise_inside_mve(const int8_t *x, int32_t tap, int32_t down,
                                                            const mcu_depthwise_block_mve *block)
{
    mcu_accumulators_mve acc;
    __asm__ volatile(MCU_DW_PIXEL "vstrw.32 q0, [%[acc]]\n vstrw.32 q1, [%[acc], #16]\n"
                                  "vstrw.32 q2, [%[acc], #32]\n vstrw.32 q3, [%[acc], #48]\n"
                     : [x] "+&r"(x)
                     : [tap] "r"(tap), [down] "r"(down), [next] "r"(0), [block] "r"(block), [acc] "r"(&acc)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory");
    return acc;
}

/* One pixel from the taps inside the input; x: the tap at (0, 0), wherever that lies; lanes: those that are there. */
static inline void mcu_depthwise_pixel_mve(const int8_t *x, int32_t input_row, int32_t tap, mcu_taps rows,
                                           mcu_taps cols, const mcu_depthwise_block_mve *block, mcu_output_mve output,
                                           int8_t *y, mve_pred16_t lanes)
{
    mcu_accumulators_mve acc = mcu_depthwise_bias_mve(block);

    for (int32_t row = rows.begin; row < rows.end; ++row) {
        for (int32_t col = cols.begin; col < cols.end; ++col) {
            mcu_add_one_mve(&acc, vldrbq_z_s8(x + row * input_row + col * tap, lanes),
                            vldrbq_s8(block->weights[3 * row + col]));
        }
    }
    vstrbq_p_s8(y, mcu_depthwise_output_mve(&acc, block, output, 0), lanes);
}

/* table[ch] for the lanes of accumulator b, that belong to channels ch = b + 4 * i, or to ch - 8 of a second pixel. */
static inline int32x4_t mcu_sorted_mve(const int32_t *table, uint32_t b, uint32_t channels)
{
    const uint32x4_t lane = vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), 4), b);
    const uint32x4_t ch = channels == 8 ? vandq_u32(lane, vdupq_n_u32(7)) : lane;

    return vldrwq_gather_shifted_offset_z_s32(table, ch, vcmpltq_n_s32(vreinterpretq_s32_u32(ch), (int32_t)channels));
}

/* Bias, and what the input offset adds at the taps inside the input. */
static inline void mcu_set_bias_mve(mcu_depthwise_block_mve *block, int32_t input_offset, mcu_taps rows, mcu_taps cols)
{
    int16x8_t even = vdupq_n_s16(0);
    int16x8_t odd = vdupq_n_s16(0);

    for (int32_t row = rows.begin; row < rows.end; ++row) {
        for (int32_t col = cols.begin; col < cols.end; ++col) {
            const int8x16_t weights = vldrbq_s8(block->weights[3 * row + col]);
            even = vaddq_s16(even, vmovlbq_s8(weights));
            odd = vaddq_s16(odd, vmovltq_s8(weights));
        }
    }
    vstrwq_s32(block->bias, vmlaq_n_s32(vldrwq_s32(block->bias_alone), vmovlbq_s16(even), input_offset));
    vstrwq_s32(block->bias + 4, vmlaq_n_s32(vldrwq_s32(block->bias_alone + 4), vmovlbq_s16(odd), input_offset));
    vstrwq_s32(block->bias + 8, vmlaq_n_s32(vldrwq_s32(block->bias_alone + 8), vmovltq_s16(even), input_offset));
    vstrwq_s32(block->bias + 12, vmlaq_n_s32(vldrwq_s32(block->bias_alone + 12), vmovltq_s16(odd), input_offset));
}

/* Weights, multipliers and shifts of the block that begins at channel ch; channels: min(16, input_ch). */
static inline void mcu_set_block_mve(mcu_depthwise_block_mve *block, const int8_t *weights, int32_t input_ch,
                                     const int32_t *bias, const cmsis_nn_per_channel_quant_params *quant_params,
                                     int32_t ch, uint32_t channels, mcu_output_mve output)
{
    const mve_pred16_t lanes = vctp8q(channels);
    int32_t largest_shift = INT32_MIN;
    int8_t smallest_weight = 0;

    for (int32_t tap = 0; tap < 9; ++tap) {
        const int8x16_t values = vldrbq_z_s8(weights + tap * input_ch + ch, lanes);
        smallest_weight = vminvq_s8(smallest_weight, values);
        vstrbq_s8(block->weights[tap], values);
        if (channels == 8) {
            vstrbq_p_s8(block->weights[tap] + 8, values, lanes);
        }
    }
    for (uint32_t b = 0; b < 4; ++b) {
        const int32x4_t shift = mcu_sorted_mve(quant_params->shift + ch, b, channels);
        largest_shift = vmaxvq_s32(largest_shift, shift);
        vstrwq_s32(block->shift + 4 * b, shift);
        vstrwq_s32(block->bias_alone + 4 * b, mcu_sorted_mve(bias + ch, b, channels));
        vstrwq_s32(block->multiplier + 4 * b, mcu_sorted_mve(quant_params->multiplier + ch, b, channels));
    }
    block->has_lowest = smallest_weight == -128;
    block->is_plain = mcu_is_plain_mve(output, largest_shift);
}

/* `count` pixels of 16 lanes with all taps inside the input. */
static inline void mcu_depthwise_run_mve(const int8_t *x, int32_t input_row, int32_t tap, int32_t x_step, int32_t count,
                                         const mcu_depthwise_block_mve *block, mcu_output_mve output, int8_t *y,
                                         int32_t y_step)
{
    const int32_t down = input_row - 2 * tap;

    if (block->is_plain) {
        mcu_depthwise_plain_mve(x, tap, down, x_step - 2 * input_row - 2 * tap, count, block, y, y_step);
        return;
    }
    for (; count > 0; --count, x += x_step, y += y_step) {
        const mcu_accumulators_mve acc = mcu_depthwise_inside_mve(x, tap, down, block);
        vstrbq_s8(y, mcu_depthwise_output_mve(&acc, block, output, 0));
    }
}

/* One output row; x: row `top` of the input, wherever that lies; rows: the kernel's inside the input. */
static inline void mcu_depthwise_row_mve(const cmsis_nn_dw_conv_params *dw_conv_params,
                                         const cmsis_nn_per_channel_quant_params *quant_params, const int8_t *x,
                                         int32_t input_w, int32_t input_ch, mcu_taps rows, const int8_t *weights,
                                         const int32_t *bias, int32_t output_w, int8_t *y)
{
    const mcu_output_mve output = {dw_conv_params->output_offset, dw_conv_params->activation.min,
                                   dw_conv_params->activation.max};
    const int32_t channels = mcu_min(input_ch, 16);
    const mve_pred16_t lanes = vctp8q((uint32_t)channels);
    const int32_t stride = dw_conv_params->stride.w;
    const int32_t padding = dw_conv_params->padding.w;
    const int32_t inside_end = mcu_min((input_w - 3 + padding + stride) / stride, output_w);
    const int32_t together = input_ch == 8 && stride == 1 ? 2 : 1;

    for (int32_t next_ch = 0; next_ch < input_ch; next_ch += 16) {
        const int32_t ch = mcu_min(next_ch, input_ch - channels);
        mcu_depthwise_block_mve block;
        mcu_taps cols_of_bias = {-1, -1};

        mcu_set_block_mve(&block, weights, input_ch, bias, quant_params, ch, (uint32_t)channels, output);
        for (int32_t out_col = 0; out_col < output_w;) {
            const int32_t left = out_col * stride - padding;
            const mcu_taps cols = mcu_taps_inside(left, 1, 3, input_w);
            const int8_t *first = x + left * input_ch + ch;
            int8_t *out = y + out_col * input_ch + ch;
            const int32_t count = (inside_end - out_col) / together;
            const int is_inside = cols.end - cols.begin == 3 && rows.end - rows.begin == 3 && !block.has_lowest &&
                                  channels * together == 16;

            if (cols.begin != cols_of_bias.begin || cols.end != cols_of_bias.end) {
                mcu_set_bias_mve(&block, dw_conv_params->input_offset, rows, cols);
                cols_of_bias = cols;
            }
            if (is_inside && count > 0) {
                mcu_depthwise_run_mve(first, input_w * input_ch, input_ch, together * stride * input_ch, count, &block,
                                      output, out, together * input_ch);
                out_col += together * count;
            } else {
                mcu_depthwise_pixel_mve(first, input_w * input_ch, input_ch, rows, cols, &block, output, out, lanes);
                ++out_col;
            }
        }
    }
}

static inline void mcu_depthwise_3x3_mve(const cmsis_nn_dw_conv_params *dw_conv_params,
                                         const cmsis_nn_per_channel_quant_params *quant_params,
                                         const cmsis_nn_dims *input_dims, const int8_t *x, const int8_t *weights,
                                         const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t input_row = input_dims->w * input_dims->c;

    for (int32_t batch = 0; batch < input_dims->n; ++batch, x += input_dims->h * input_row) {
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row, y += output_dims->w * output_dims->c) {
            const int32_t top = out_row * dw_conv_params->stride.h - dw_conv_params->padding.h;
            const mcu_taps rows = mcu_taps_inside(top, 1, 3, input_dims->h);
            mcu_depthwise_row_mve(dw_conv_params, quant_params, x + top * input_row, input_dims->w, input_dims->c, rows,
                                  weights, bias, output_dims->w, y);
        }
    }
}

#endif
