/* Any convolution with Helium. Only for cores with __ARM_FEATURE_MVE.
 *
 * Without groups, windows are copied, padding included, one behind the other, and are then the pixels of a 1x1
 * convolution. Register blocking of the others: four output channels of one pixel straight from the input; what the
 * input offset adds is kept from pixel to pixel as long as the same part of the kernel lies inside the input.
 */
#ifndef MCU_CONVOLVE_MVE_H
#define MCU_CONVOLVE_MVE_H

#include "arm_nnsupportfunctions.h"
#include "mcu_filters_mve.h"
#include "mcu_products_mve.h"

/* Space for copies in bytes, which is also the largest window that is copied. */
#if defined(__OPTIMIZE_SIZE__)
#define MCU_COPIES_MVE 576
#else
#define MCU_COPIES_MVE 864
#endif

/* One output row. x: row `top` of the input, wherever that lies; y: its first pixel. */
typedef struct {
    const cmsis_nn_conv_params *params;
    const cmsis_nn_per_channel_quant_params *quant;
    mcu_taps rows; /* of the kernel, inside the input */
    const cmsis_nn_dims *input;
    const cmsis_nn_dims *filter;
    const cmsis_nn_dims *output;
    const int8_t *x;
    int8_t *y;
} mcu_convolve_row_mve;

/* Moves `row` to output row out_row of the batch whose input begins at x and whose output begins at y. */
static inline void mcu_set_row_mve(mcu_convolve_row_mve *row, const int8_t *x, int8_t *y, int32_t out_row)
{
    const int32_t top = out_row * row->params->stride.h - row->params->padding.h;

    row->x = x + top * row->input->w * row->input->c;
    row->rows = mcu_taps_inside(top, row->params->dilation.h, row->filter->h, row->input->h);
    row->y = y + out_row * row->output->w * row->output->c;
}

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

/* `rows` > 0 rows of `count` > 0 bytes. */
static inline void mcu_copy_rows_mve(const int8_t *from, int32_t from_row, int8_t *to, int32_t to_row, int32_t rows,
                                     int32_t count)
{
    const int32_t moved = (count + 15) / 16 * 16;

    __asm__ volatile("1:\n"
                     "dlstp.8 lr, %[count]\n"
                     "2:\n vldrb.8 q0, [%[from]], #16\n vstrb.8 q0, [%[to]], #16\n letp lr, 2b\n"
                     "add %[from], %[from], %[from_gap]\n add %[to], %[to], %[to_gap]\n"
                     "subs %[rows], %[rows], #1\n bne 1b\n"
                     : [from] "+&r"(from), [to] "+&r"(to), [rows] "+&r"(rows)
                     : [count] "r"(count), [from_gap] "r"(from_row - moved), [to_gap] "r"(to_row - moved)
                     : "q0", "lr", "cc", "memory");
}

#define MCU_LOAD_RUN(q, from) "vldrbt.8 " q ", [%[" from "]]\n"
#define MCU_STORE_RUN(q, to) "vstrbt.8 " q ", [%[" to "]]\n"
#define MCU_NEXT_RUN(at, step) "add %[" at "], %[" at "], %[" step "]\n"

/* `windows` > 0 windows of `rows` rows of at most 16 bytes: three rows of all of them at a time, the last three
 * overlapping those before them, or one. */
static __attribute__((noinline)) void mcu_copy_windows_mve(const int8_t *from, int32_t from_row, int32_t from_step,
                                                           int8_t *to, int32_t to_row, int32_t to_step, int32_t rows,
                                                           int32_t windows)
{
    mve_pred16_t inside = vctp8q((uint32_t)to_row);

    for (int32_t next_row = 0; rows >= 3 && next_row < rows; next_row += 3) {
        const int32_t row = mcu_min(next_row, rows - 3);
        const int8_t *from_0 = from + row * from_row;
        const int8_t *from_1 = from_0 + from_row;
        const int8_t *from_2 = from_1 + from_row;
        int8_t *to_0 = to + row * to_row;
        int8_t *to_1 = to_0 + to_row;
        int8_t *to_2 = to_1 + to_row;

        __asm__ volatile("ldr lr, %[windows]\n"
                         "1:\n"
                         "vpsttt\n" MCU_LOAD_RUN("q0", "f0") MCU_LOAD_RUN("q1", "f1") MCU_LOAD_RUN("q2", "f2")
                         MCU_NEXT_RUN("f0", "from_step") MCU_NEXT_RUN("f1", "from_step") MCU_NEXT_RUN("f2", "from_step")
                         "vpsttt\n" MCU_STORE_RUN("q0", "t0") MCU_STORE_RUN("q1", "t1") MCU_STORE_RUN("q2", "t2")
                         MCU_NEXT_RUN("t0", "to_step") MCU_NEXT_RUN("t1", "to_step") MCU_NEXT_RUN("t2", "to_step")
                         "le lr, 1b\n"
                         : [f0] "+&r"(from_0), [f1] "+&r"(from_1), [f2] "+&r"(from_2), [t0] "+&r"(to_0),
                           [t1] "+&r"(to_1), [t2] "+&r"(to_2), [inside] "+Up"(inside)
                         : [windows] "m"(windows), [from_step] "r"(from_step), [to_step] "r"(to_step)
                         : "q0", "q1", "q2", "lr", "memory");
    }
    for (int32_t row = 0; rows < 3 && row < rows; ++row) {
        const int8_t *next_from = from + row * from_row;
        int8_t *next_to = to + row * to_row;

        __asm__ volatile("ldr lr, %[windows]\n"
                         "1:\n"
                         "vpst\n" MCU_LOAD_RUN("q0", "from") MCU_NEXT_RUN("from", "from_step")
                         "vpst\n" MCU_STORE_RUN("q0", "to") MCU_NEXT_RUN("to", "to_step")
                         "le lr, 1b\n"
                         : [from] "+&r"(next_from), [to] "+&r"(next_to), [inside] "+Up"(inside)
                         : [windows] "m"(windows), [from_step] "r"(from_step), [to_step] "r"(to_step)
                         : "q0", "lr", "memory");
    }
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
    const int32_t rows = row->rows.end - row->rows.begin;
    const int8_t *from = row->x + row->rows.begin * x_row + left * input_ch + cols.begin * x_run;
    int8_t *to = copy + row->rows.begin * kernel_row + cols.begin * input_ch;

    if (rows * (cols.end - cols.begin) * input_ch < size) {
        const int8x16_t zero = vdupq_n_s8((int8_t)-row->params->input_offset);
        for (int32_t i = 0; i < size; i += 16) {
            vstrbq_p_s8(copy + i, zero, vctp8q((uint32_t)(size - i)));
        }
    }
    for (int32_t run = 0; rows > 0 && run < runs.count; ++run) {
        mcu_copy_rows_mve(from + run * x_run, x_row, to + run * input_ch, kernel_row, rows, runs.length);
    }
}

/* Products of the window at column `left`, from channel first_ch of each pixel on, with four filters. */
static inline int32x4_t mcu_window_products_mve(const mcu_convolve_row_mve *row, int32_t left, mcu_taps cols,
                                                int32_t first_ch, const int8_t *filters)
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
        acc = vaddq_s32(mcu_window_products_mve(row, left, cols, first_ch, filters), offset_bias);
        if (is_plain) {
            vstrbq_s32(y, mcu_rescale_mve(acc, multiplier, shift, output, 1));
        } else {
            vstrbq_s32(y, mcu_rescale_mve(acc, multiplier, shift, output, 0));
        }
    }
}

/* The windows from column `left` on, `step` elements apart. Away from padding they are rows of the input. */
static inline void mcu_copy_columns_mve(const mcu_convolve_row_mve *row, int32_t left, int8_t *copies, int32_t step,
                                        int32_t count)
{
    const int32_t input_ch = row->filter->c;
    const int32_t kernel_row = row->filter->w * input_ch;
    const int32_t x_row = row->params->dilation.h * row->input->w * input_ch;
    const int32_t stride = row->params->stride.w;
    const int32_t last_inside = row->input->w - row->filter->w;
    const int is_simple = row->rows.end - row->rows.begin == row->filter->h && row->params->dilation.w == 1;
    int32_t windows;

    for (; count > 0; count -= windows, left += windows * stride, copies += windows * step) {
        const int is_inside = is_simple && left >= 0 && left <= last_inside;

        windows = 1;
        if (is_inside && kernel_row <= 16) {
            windows = mcu_min(count, (last_inside - left) / stride + 1);
            mcu_copy_windows_mve(row->x + left * input_ch, x_row, stride * input_ch, copies, kernel_row, step,
                                 row->filter->h, windows);
        } else if (is_inside) {
            mcu_copy_rows_mve(row->x + left * input_ch, x_row, copies, kernel_row, row->filter->h, kernel_row);
        } else {
            mcu_copy_window_mve(row, left, copies);
        }
    }
}

/* One output row by way of copies, of the filters' channels. */
static inline void mcu_convolve_copied_mve(const mcu_convolve_row_mve *row, const mcu_filters_mve *filters,
                                           int8_t *y)
{
    const int32_t size = filters->depth;
    const int32_t step = size <= 64 ? 16 * filters->chunks : size;
    const int32_t fits = MCU_COPIES_MVE / step;
    const int32_t most = fits >= 12 ? fits / 4 * 4 : fits > 3 ? fits / 3 * 3 : fits;
    int8_t copies[MCU_COPIES_MVE];

    for (int32_t out_col = 0; out_col < row->output->w; out_col += most) {
        const int32_t count = mcu_min(most, row->output->w - out_col);
        const int32_t left = out_col * row->params->stride.w - row->params->padding.w;

        mcu_copy_columns_mve(row, left, copies, step, count);
        mcu_filter_pixels_mve(filters, copies, step, count, y + out_col * row->output->c);
    }
}

/* One output row of groups or of windows too large to copy; at least four output channels in each group. */
static __attribute__((noinline)) void mcu_convolve_row_direct_mve(const mcu_convolve_row_mve *row,
                                                                  const int8_t *weights, const int32_t *bias)
{
    const int32_t size = row->filter->h * row->filter->w * row->filter->c;
    const int32_t groups = row->input->c / row->filter->c;
    const int32_t group_ch = row->output->c / groups;

    for (int32_t group = 0; group < groups; ++group) {
        for (int32_t i = 0; i < group_ch; i += 4) {
            const int32_t ch = group * group_ch + mcu_min(i, group_ch - 4);
            mcu_convolve_channels_mve(row, ch, group * row->filter->c, weights + ch * size, bias);
        }
    }
}

/* arm_convolve_s8 of at least one image, for at least four output channels in each group. */
static __attribute__((noinline)) void mcu_convolve_mve(const cmsis_nn_conv_params *conv_params,
                                                       const cmsis_nn_per_channel_quant_params *quant_params,
                                                       const cmsis_nn_dims *input_dims, const int8_t *x,
                                                       const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                                       const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t size = filter_dims->h * filter_dims->w * filter_dims->c;
    const int32_t output_ch = output_dims->c;
    const int is_copied = input_dims->c == filter_dims->c && size <= MCU_COPIES_MVE;
    int32_t image = 0;
    int32_t next_ch = 0;
    mcu_convolve_row_mve row;
    mcu_filters_mve filters;
    int32_t folded[MCU_BIAS_BLOCK_MVE];

    row.params = conv_params;
    row.quant = quant_params;
    row.input = input_dims;
    row.filter = filter_dims;
    row.output = output_dims;
    do {
        int32_t ch = mcu_min(next_ch, output_ch - 4);
        int32_t channels = mcu_min(MCU_BIAS_BLOCK_MVE, output_ch - ch);

        if (is_copied) {
            mcu_set_filters_mve(&filters, conv_params, quant_params, weights, bias, size, ch, channels, output_ch);
            filters.reads_on = 1;
            mcu_fold_filters_mve(&filters, conv_params->input_offset, folded);
        } else { /* all of them */
            channels = output_ch;
        }
        for (int32_t out_row = 0; out_row < output_dims->h; ++out_row) {
            mcu_set_row_mve(&row, x, y, out_row);
            if (is_copied) {
                mcu_convolve_copied_mve(&row, &filters, row.y + ch);
            } else {
                mcu_convolve_row_direct_mve(&row, weights, bias);
            }
        }
        next_ch += channels;
        if (next_ch >= output_ch) {
            next_ch = 0;
            ++image;
            x += input_dims->h * input_dims->w * input_dims->c;
            y += output_dims->h * output_dims->w * output_ch;
        }
    } while (image < input_dims->n);
}

#endif
