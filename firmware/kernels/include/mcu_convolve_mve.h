/* Any convolution with Helium. Only for cores with __ARM_FEATURE_MVE.
 *
 * Windows of few elements are copied, padding included, one behind the other, and are then the pixels of a 1x1
 * convolution. Register blocking of the others: four output channels of one pixel, as in mcu_pointwise_mve.h, straight
 * from the input. What the input offset adds is kept from pixel to pixel as long as the same part of the kernel lies
 * inside the input.
 */
#ifndef MCU_CONVOLVE_MVE_H
#define MCU_CONVOLVE_MVE_H

#include "arm_nnsupportfunctions.h"
#include "mcu_pointwise_mve.h"

/* The largest window that is copied, and the space for copies, in elements. */
#define MCU_COPIED_WINDOW_MVE 64
#define MCU_COPIES_MVE 256

/* One output row. x: row `top` of the input, wherever that lies; y: its first pixel. */
typedef struct {
    const cmsis_nn_conv_params *params;
    const cmsis_nn_per_channel_quant_params *quant;
    const cmsis_nn_dims *input;
    const cmsis_nn_dims *filter;
    const cmsis_nn_dims *output;
    const int8_t *x;
    mcu_taps rows; /* of the kernel, inside the input */
    int8_t *y;
} mcu_convolve_row_mve;

/* Kernel columns [cols.begin, cols.end) of a kernel row are runs of adjacent elements: one, if nothing lies between. */
typedef struct {
    int32_t count;
    int32_t length;
} mcu_runs_mve;

static inline mcu_runs_mve mcu_runs_of_mve(const mcu_convolve_row_mve *row, mcu_taps cols)
{
    const int32_t kernel_ch = row->filter->c;
    const int32_t covered = cols.end - cols.begin;
    const int is_one = row->params->dilation.w == 1 && kernel_ch == row->input->c;
    const mcu_runs_mve runs = {is_one && covered > 0 ? 1 : covered, is_one ? covered * kernel_ch : kernel_ch};
    return runs;
}

static inline void mcu_copy_mve(const int8_t *from, int8_t *to, int32_t count)
{
    for (; count > 0; count -= 16, from += 16, to += 16) {
        const mve_pred16_t inside = vctp8q((uint32_t)count);
        vstrbq_p_s8(to, vldrbq_z_s8(from, inside), inside);
    }
}

/* `rows` rows of at most 16 bytes. */
static inline void mcu_copy_rows_mve(const int8_t *from, int32_t from_row, int8_t *to, int32_t to_row, int32_t rows,
                                     int32_t count)
{
    mve_pred16_t inside = vctp8q((uint32_t)count);

    __asm__ volatile("wls lr, %[rows], 2f\n"
                     "1:\n"
                     "vpst\n vldrbt.8 q0, [%[from]]\n add %[from], %[from], %[from_row]\n"
                     "vpst\n vstrbt.8 q0, [%[to]]\n add %[to], %[to], %[to_row]\n"
                     "le lr, 1b\n"
                     "2:\n"
                     : [from] "+&r"(from), [to] "+&r"(to), [inside] "+Up"(inside)
                     : [rows] "r"(rows), [from_row] "r"(from_row), [to_row] "r"(to_row)
                     : "q0", "lr", "memory");
}

/* The window at column `left` to `copy`, where padding is the input's zero: -input_offset. Without groups. */
static inline void mcu_copy_window_mve(const mcu_convolve_row_mve *row, int32_t left, int8_t *copy)
{
    const int32_t input_ch = row->input->c;
    const int32_t kernel_row = row->filter->w * input_ch;
    const int32_t size = row->filter->h * kernel_row;
    const int32_t x_row = row->params->dilation.h * row->input->w * input_ch;
    const int32_t x_run = row->params->dilation.w * input_ch;
    const mcu_taps cols = mcu_taps_inside(left, row->params->dilation.w, row->filter->w, row->input->w);
    const mcu_runs_mve runs = mcu_runs_of_mve(row, cols);

    if ((row->rows.end - row->rows.begin) * (cols.end - cols.begin) * input_ch < size) {
        const int8x16_t zero = vdupq_n_s8((int8_t)-row->params->input_offset);
        for (int32_t i = 0; i < size; i += 16) {
            vstrbq_p_s8(copy + i, zero, vctp8q((uint32_t)(size - i)));
        }
    }
    if (runs.count == 1 && runs.length <= 16) {
        mcu_copy_rows_mve(row->x + row->rows.begin * x_row + left * input_ch + cols.begin * x_run, x_row,
                          copy + row->rows.begin * kernel_row + cols.begin * input_ch, kernel_row,
                          row->rows.end - row->rows.begin, runs.length);
        return;
    }
    for (int32_t tap = row->rows.begin; tap < row->rows.end; ++tap) {
        const int8_t *from = row->x + tap * x_row + left * input_ch + cols.begin * x_run;
        int8_t *to = copy + tap * kernel_row + cols.begin * input_ch;
        for (int32_t run = 0; run < runs.count; ++run) {
            mcu_copy_mve(from + run * x_run, to + run * input_ch, runs.length);
        }
    }
}

/* Products of the window at column `left`, from channel first_ch of each pixel on, with four filters. */
static inline int32x4_t mcu_window_mve(const mcu_convolve_row_mve *row, int32_t left, mcu_taps cols, int32_t first_ch,
                                       const int8_t *filters)
{
    const int32_t kernel_ch = row->filter->c;
    const int32_t kernel_row = row->filter->w * kernel_ch;
    const int32_t x_row = row->params->dilation.h * row->input->w * row->input->c;
    const int32_t x_run = row->params->dilation.w * row->input->c;
    const mcu_runs_mve runs = mcu_runs_of_mve(row, cols);
    int32_t acc[4] = {0, 0, 0, 0};

    for (int32_t tap = row->rows.begin; tap < row->rows.end; ++tap) {
        const int8_t *x = row->x + tap * x_row + left * row->input->c + cols.begin * x_run + first_ch;
        const int8_t *weights = filters + tap * kernel_row + cols.begin * kernel_ch;
        for (int32_t run = 0; run < runs.count; ++run) {
            mcu_add_products_mve(x + run * x_run, weights + run * kernel_ch, row->filter->h * kernel_row, runs.length,
                                 acc);
        }
    }
    return mcu_lanes_mve(acc);
}

/* The sums of the weights of four filters that lie over the input. */
static inline int32x4_t mcu_covered_weights_mve(const mcu_convolve_row_mve *row, mcu_taps cols, const int8_t *filters)
{
    const int32_t kernel_row = row->filter->w * row->filter->c;
    const int32_t length = (cols.end - cols.begin) * row->filter->c;
    int32_t sums[4] = {0, 0, 0, 0};

    for (int32_t ch = 0; ch < 4; ++ch) {
        for (int32_t tap = row->rows.begin; tap < row->rows.end; ++tap) {
            const int8_t *weights = filters + (ch * row->filter->h + tap) * kernel_row + cols.begin * row->filter->c;
            for (int32_t i = 0; i < length; i += 16) {
                sums[ch] = vaddvaq_s8(sums[ch], vldrbq_z_s8(weights + i, vctp8q((uint32_t)(length - i))));
            }
        }
    }
    return mcu_lanes_mve(sums);
}

/* Output channels [ch, ch + 4) of a row. */
static inline void mcu_convolve_channels_mve(const mcu_convolve_row_mve *row, int32_t ch, int32_t first_ch,
                                             const int8_t *filters, const int32_t *bias)
{
    const cmsis_nn_conv_params *params = row->params;
    const mcu_output_mve output = {params->output_offset, params->activation.min, params->activation.max};
    const int32x4_t multiplier = vldrwq_s32(row->quant->multiplier + ch);
    const int32x4_t shift = vldrwq_s32(row->quant->shift + ch);
    const int is_plain = mcu_is_plain_mve(output, vmaxvq_s32(INT32_MIN, shift));
    int32x4_t offset_bias = vldrwq_s32(bias + ch);
    mcu_taps cols_of_bias = {-1, -1};

    for (int32_t out_col = 0; out_col < row->output->w; ++out_col) {
        const int32_t left = out_col * params->stride.w - params->padding.w;
        const mcu_taps cols = mcu_taps_inside(left, params->dilation.w, row->filter->w, row->input->w);
        int8_t *y = row->y + out_col * row->output->c + ch;
        int32x4_t acc;

        if (params->input_offset != 0 && (cols.begin != cols_of_bias.begin || cols.end != cols_of_bias.end)) {
            const int32x4_t covered = mcu_covered_weights_mve(row, cols, filters);
            offset_bias = vmlaq_n_s32(vldrwq_s32(bias + ch), covered, params->input_offset);
            cols_of_bias = cols;
        }
        acc = vaddq_s32(mcu_window_mve(row, left, cols, first_ch, filters), offset_bias);
        if (is_plain) {
            vstrbq_s32(y, mcu_rescale_mve(acc, multiplier, shift, output, 1));
        } else {
            vstrbq_s32(y, mcu_rescale_mve(acc, multiplier, shift, output, 0));
        }
    }
}

/* One output row by way of copies. Away from padding the next window is the last one, moved by the stride. */
static inline void mcu_convolve_copied_mve(const mcu_convolve_row_mve *row, const int8_t *weights, const int32_t *bias)
{
    const int32_t kernel_row = row->filter->w * row->filter->c;
    const int32_t size = row->filter->h * kernel_row;
    const int32_t x_row = row->params->dilation.h * row->input->w * row->filter->c;
    const int32_t most = MCU_COPIES_MVE / size;
    const int32_t last_inside = row->input->w - row->filter->w;
    const int is_simple = row->rows.end - row->rows.begin == row->filter->h && row->params->dilation.w == 1 &&
                          kernel_row <= 16;
    int8_t copies[MCU_COPIES_MVE];

    for (int32_t out_col = 0; out_col < row->output->w; out_col += most) {
        const int32_t count = mcu_min(most, row->output->w - out_col);
        int32_t left = out_col * row->params->stride.w - row->params->padding.w;

        for (int32_t i = 0; i < count; ++i, left += row->params->stride.w) {
            if (is_simple && left >= 0 && left <= last_inside) {
                mcu_copy_rows_mve(row->x + left * row->filter->c, x_row, copies + i * size, kernel_row, row->filter->h,
                                  kernel_row);
            } else {
                mcu_copy_window_mve(row, left, copies + i * size);
            }
        }
        mcu_pointwise_s8(row->params, row->quant, copies, size, count, size, weights, bias, row->output->c,
                         row->y + out_col * row->output->c);
    }
}

/* One output row; at least four output channels in each group. */
static inline void mcu_convolve_mve(const mcu_convolve_row_mve *row, const int8_t *weights, const int32_t *bias)
{
    const int32_t size = row->filter->h * row->filter->w * row->filter->c;
    const int32_t groups = row->input->c / row->filter->c;
    const int32_t group_ch = row->output->c / groups;

    if (groups == 1 && size <= MCU_COPIED_WINDOW_MVE) {
        mcu_convolve_copied_mve(row, weights, bias);
        return;
    }
    for (int32_t group = 0; group < groups; ++group) {
        for (int32_t i = 0; i < group_ch; i += 4) {
            const int32_t ch = group * group_ch + mcu_min(i, group_ch - 4);
            mcu_convolve_channels_mve(row, ch, group * row->filter->c, weights + ch * size, bias);
        }
    }
}

#endif
