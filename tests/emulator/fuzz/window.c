#include "window.h"

#include "random.h"
#include "report.h"

/* One direction of a window. */
typedef struct {
    int32_t input;
    int32_t output;
    int32_t padding;
} line;

static int32_t random_padding(int32_t most)
{
    if (one_in(3)) {
        return 0;
    }
    return one_in(5) ? random_in(0, most) : random_in(0, most < 1 ? most : 1);
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* The input follows from the output and what lies around it. extent: of the kernel. */
static line random_line(int32_t extent, int32_t stride, int32_t most_padding, int32_t most_outputs)
{
    line chosen;

    chosen.output = random_in(1, most_outputs);
    const int32_t covered = (chosen.output - 1) * stride + extent;
    chosen.padding = smaller(random_padding(most_padding), covered - 1);
    const int32_t behind = smaller(random_padding(most_padding), covered - 1 - chosen.padding);
    const int32_t unused = random_in(0, stride - 1); /* where no further window fits */
    chosen.input = covered - chosen.padding - behind + unused;
    return chosen;
}

/* beyond: how far padding may exceed what keeps an input in every window. */
static window random_shape(int32_t kernel_h, int32_t kernel_w, int32_t dilation_h, int32_t dilation_w, int32_t beyond)
{
    const int32_t extent_h = (kernel_h - 1) * dilation_h + 1;
    const int32_t extent_w = (kernel_w - 1) * dilation_w + 1;
    const int32_t stride_h = one_in(6) ? random_in(1, 4) : random_in(1, 2);
    const int32_t stride_w = one_in(6) ? random_in(1, 4) : stride_h;
    const int is_small = one_in(4); /* leaves room for many channels */
    const line rows = random_line(extent_h, stride_h, extent_h - 1 + beyond, is_small ? 2 : 6);
    const line columns = random_line(extent_w, stride_w, extent_w - 1 + beyond, is_small ? 5 : one_in(6) ? 40 : 12);

    return (window){
        .input = {1, rows.input, columns.input, 1},
        .filter = {1, kernel_h, kernel_w, 1},
        .output = {1, rows.output, columns.output, 1},
        .stride = {.h = stride_h, .w = stride_w},
        .padding = {.h = rows.padding, .w = columns.padding},
        .dilation = {.h = dilation_h, .w = dilation_w},
    };
}

window random_window(int32_t kernel_h, int32_t kernel_w)
{
    const int32_t dilation_h = one_in(6) ? random_in(1, 3) : 1;
    const int32_t dilation_w = one_in(6) ? random_in(1, 3) : 1;

    return random_shape(kernel_h, kernel_w, dilation_h, dilation_w, 2);
}

window random_pool(int32_t kernel_h, int32_t kernel_w)
{
    return random_shape(kernel_h, kernel_w, 1, 1, 0);
}

int32_t elements(cmsis_nn_dims dims)
{
    return dims.n * dims.h * dims.w * dims.c;
}

void report_window(const window *shape)
{
    report_dims("input", shape->input);
    report_dims("filter", shape->filter);
    report_dims("output", shape->output);
    report_tile("stride", shape->stride);
    report_tile("padding", shape->padding);
    report_tile("dilation", shape->dilation);
}
