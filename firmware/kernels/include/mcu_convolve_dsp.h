/* Convolution with the DSP extension: what lies under the kernel at some adjacent outputs becomes the pixels of
 * mcu_pass_dsp.h, zeros for padding, and every output channel is a pass over them.
 *
 * Filters too long for 3 pixels are taken in parts, and the sums of up to 32 channels are kept beside the pixels. Where
 * channels are no multiple of 4, room for a window lies behind the constants. */
#ifndef MCU_CONVOLVE_DSP_H
#define MCU_CONVOLVE_DSP_H

#include "mcu_gather_dsp.h"
#include "mcu_requantize_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* Words of stack: with 352, a filter of 3x3x16 is taken whole, and one of 3x3x32 in three parts. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_CONVOLVE_SCRATCH 192
#else
#define MCU_CONVOLVE_SCRATCH 352
#endif

/* Pixels and output channels at a time where a filter is taken in parts, and blocks of four weights in a part. */
#define MCU_PART_PIXELS 4
#if defined(__OPTIMIZE_SIZE__)
#define MCU_PART_CHANNELS 16
#else
#define MCU_PART_CHANNELS 32
#endif
#define MCU_PART_SUMS (MCU_PART_PIXELS * MCU_PART_CHANNELS)
#define MCU_PART_BLOCKS ((MCU_CONVOLVE_SCRATCH - MCU_PART_SUMS - MCU_POINTWISE_AROUND - 8) / (2 * MCU_PART_PIXELS))

/* Whether mcu_convolve_dsp takes a convolution without groups. */
MCU_INLINE int mcu_convolve_fits(int32_t input_ch, const cmsis_nn_dims *filter_dims)
{
    const int32_t size = filter_dims->h * filter_dims->w * input_ch;
    return input_ch % 4 == 0 || (size >= 4 && size <= MCU_CONVOLVE_PATCH);
}

/* Outputs [col, col + taken) of a row, n of them at once, n - taken of them twice. */
typedef struct {
    int32_t col, taken, n;
} mcu_convolve_tile;

MCU_INLINE mcu_convolve_tile mcu_convolve_tile_at(int32_t col, int32_t width, int32_t most)
{
    const int32_t taken = mcu_pass_share(width - col, most);
    const mcu_convolve_tile tile = {col, taken, mcu_max(taken, 2)};
    return tile;
}

MCU_INLINE void mcu_convolve_gather_tile(const cmsis_nn_conv_params *conv_params, const mcu_convolve_rows *rows,
                                         const mcu_convolve_tile *tile, int32_t begin, int32_t blocks,
                                         uint32_t *stream)
{
    mcu_convolve_gather(rows, tile->col * conv_params->stride.w - conv_params->padding.w,
                        tile->taken > 1 ? conv_params->stride.w : 0, tile->n, begin, blocks, stream);
}

/* One output row of whole filters. */
static inline void mcu_convolve_row_whole(const cmsis_nn_conv_params *conv_params,
                                          const cmsis_nn_per_channel_quant_params *quant_params,
                                          const mcu_convolve_rows *rows, int32_t size, int32_t room,
                                          int32_t most_pixels, const int8_t *weights, const int32_t *bias,
                                          const cmsis_nn_dims *output_dims, uint32_t *scratch, int8_t *y)
{
    const int32_t output_ch = output_dims->c;
    const int32_t blocks = (size + 3) / 4;
    const int32_t widest = mcu_convolve_tile_at(0, output_dims->w, most_pixels).n;
    const int32_t channels = mcu_pointwise_channels(room, widest, blocks);
    const int32_t groups = (output_ch + channels - 1) / channels;
    uint32_t *stream = scratch + 1;
    uint32_t *words = stream + mcu_pass_words(widest, blocks) + MCU_PASS_TAIL_WORDS;

    for (int32_t ch = 0; ch < output_ch;) {
        const int32_t most = mcu_min((output_ch + groups - 1) / groups, output_ch - ch);
        const mcu_pass_run run = mcu_pass_prepare(conv_params, quant_params->multiplier + ch, quant_params->shift + ch,
                                                  bias + ch, size - 4 * (blocks - 1), most, words);
        mcu_pass_tail *tail = NULL;
        int32_t linked = 0;

        for (int32_t col = 0; col < output_dims->w;) {
            const mcu_convolve_tile tile = mcu_convolve_tile_at(col, output_dims->w, most_pixels);
            if (tile.n != linked) {
                tail = mcu_pass_link(tile.n, blocks, run.rescale, stream);
                linked = tile.n;
            }
            mcu_convolve_gather_tile(conv_params, rows, &tile, 0, blocks, stream);
            tail->channels = run.words + 2;
            tail->y = y + col * output_ch + ch;
            tail->step = tile.taken > 1 ? output_ch : 0;
            tail->constant = 2 * conv_params->output_offset + 1;
            tail->stream = stream;
            if (run.rescale == MCU_PASS_RAW) {
                mcu_pass_raw(conv_params, quant_params->multiplier + ch, quant_params->shift + ch, bias + ch, &run,
                             weights + ch * size, tile.n, tail);
            } else {
                MCU_PASS_FOR(tile.n, mcu_pass, stream, weights + ch * size, run.words);
            }
            col += tile.taken;
        }
        ch += run.count;
    }
}

/* One output row of filters that are taken in parts. */
static inline void mcu_convolve_row_parts(const cmsis_nn_conv_params *conv_params,
                                          const cmsis_nn_per_channel_quant_params *quant_params,
                                          const mcu_convolve_rows *rows, int32_t size, const int8_t *weights,
                                          const int32_t *bias, const cmsis_nn_dims *output_dims, uint32_t *scratch,
                                          int8_t *y)
{
    const mcu_output_dsp output = {conv_params->output_offset, conv_params->activation};
    const int32_t output_ch = output_dims->c;
    const int32_t blocks = size / 4;
    const int32_t parts = (blocks + MCU_PART_BLOCKS - 1) / MCU_PART_BLOCKS;
    uint32_t *stream = scratch + 1 + MCU_PART_SUMS;
    int32_t *sums = (int32_t *)(void *)scratch;
    uint32_t channels[2] = {4 << 8, 0};

    for (int32_t col = 0; col < output_dims->w; col += MCU_PART_PIXELS) {
        const mcu_convolve_tile tile = {col, mcu_min(output_dims->w - col, MCU_PART_PIXELS), MCU_PART_PIXELS};

        for (int32_t ch = 0, count; ch < output_ch; ch += count) {
            count = mcu_min(MCU_PART_CHANNELS, output_ch - ch);
            for (int32_t i = 0; i < count; ++i) {
                int32_t *sum = sums + MCU_PART_PIXELS * i;
                sum[0] = sum[1] = sum[2] = sum[3] = bias[ch + i];
            }
            for (int32_t part = 0, begin = 0, end; part < parts; ++part, begin = end) {
                end = blocks * (part + 1) / parts;
                mcu_pass_tail *tail = mcu_pass_link(MCU_PART_PIXELS, end - begin, MCU_PASS_ADD, stream);
                tail->y = (int8_t *)scratch;
                tail->step = size - 4 * (end - begin);
                tail->constant = count;
                tail->stream = stream;
                mcu_convolve_gather_tile(conv_params, rows, &tile, begin, end - begin, stream);
                mcu_pass_4(stream, weights + ch * size + 4 * begin, channels);
            }
            for (int32_t i = 0; i < count; ++i) {
                mcu_rescale_sums(sums + MCU_PART_PIXELS * i, tile.taken, quant_params->multiplier[ch + i],
                                 quant_params->shift[ch + i], &output, y + col * output_ch + ch + i, output_ch);
            }
        }
    }
}

/* Where mcu_convolve_fits; output row by output row. */
MCU_OUT_OF_LINE void mcu_convolve_dsp(const cmsis_nn_conv_params *conv_params,
                                      const cmsis_nn_per_channel_quant_params *quant_params,
                                      const cmsis_nn_dims *input_dims, const int8_t *x,
                                      const cmsis_nn_dims *filter_dims, const int8_t *weights, const int32_t *bias,
                                      const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t size = filter_dims->h * filter_dims->w * input_dims->c;
    const int32_t room = MCU_CONVOLVE_SCRATCH - (input_dims->c % 4 != 0 ? (size + 3) / 4 : 0);
    const int32_t most = mcu_pointwise_pixels(room, (size + 3) / 4, output_dims->c);
    uint32_t scratch[MCU_CONVOLVE_SCRATCH];
    mcu_convolve_rows rows = {x,
                              input_dims->h,
                              input_dims->w,
                              input_dims->c,
                              filter_dims->h,
                              filter_dims->w,
                              0,
                              conv_params->dilation.h,
                              conv_params->input_offset,
                              (int8_t *)(scratch + room)};

    for (int32_t batch = 0; batch < input_dims->n; ++batch, rows.x += input_dims->h * input_dims->w * input_dims->c) {
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row, y += output_dims->w * output_dims->c) {
            rows.top = out_row * conv_params->stride.h - conv_params->padding.h;
            if (most > 2 || input_dims->c % 4 != 0) {
                mcu_convolve_row_whole(conv_params, quant_params, &rows, size, room, most, weights, bias, output_dims,
                                       scratch, y);
            } else {
                mcu_convolve_row_parts(conv_params, quant_params, &rows, size, weights, bias, output_dims, scratch, y);
            }
        }
    }
}

#endif

#endif
