#include "factors.h"
#include "guarded.h"
#include "kernels.h"
#include "random.h"
#include "report.h"
#include "window.h"

#define MOST_WORK 150000

/* A convolution, all but its output. */
typedef struct {
    window shape;
    cmsis_nn_conv_params params;
    cmsis_nn_per_channel_quant_params quant;
    const int8_t *x;
    const int8_t *weights;
    const int32_t *bias;
} convolution;

/* 1x1 and 3x3 are what networks are made of. groups: 1 mostly. */
static window random_filters(void)
{
    window shape;
    int32_t groups;

    do {
        const int32_t way = random_in(0, 9);
        const int32_t kernel_h = way < 4 ? 1 : way < 8 ? 3 : random_in(1, 5);
        const int32_t kernel_w = way < 8 ? kernel_h : random_in(1, 5);

        groups = one_in(8) ? random_in(2, 4) : 1;
        shape = random_window(kernel_h, kernel_w);
        if (kernel_h == 1 && kernel_w == 1 && !one_in(4)) { /* no padding: pointwise */
            shape.padding.h = shape.padding.w = 0;
            shape.input.h = shape.output.h * shape.stride.h;
            shape.input.w = shape.output.w * shape.stride.w;
        }
        shape.input.n = shape.output.n = one_in(8) ? 2 : 1;
        shape.filter.c = one_in(4) ? 4 * random_in(8, 40) : random_channels();
        shape.input.c = shape.filter.c * groups;
        shape.output.c = shape.filter.n = random_channels() * groups;
    } while (elements(shape.filter) > GUARDED_MOST_BYTES || elements(shape.input) > GUARDED_MOST_BYTES ||
             elements(shape.output) > GUARDED_MOST_BYTES ||
             elements(shape.output) / shape.filter.n * elements(shape.filter) > MOST_WORK);
    return shape;
}

static convolution random_convolution(void)
{
    convolution made = {.shape = random_filters()};
    const window *shape = &made.shape;
    int8_t *x = guarded_bytes("x", elements(shape->input));
    int8_t *weights = guarded_bytes("weights", elements(shape->filter));
    const factors chosen = random_factors(shape->output.c, elements(shape->filter) / shape->filter.n);

    random_bytes(x, elements(shape->input), -128);
    random_bytes(weights, elements(shape->filter), one_in(2) ? -128 : -127);
    made.x = x;
    made.weights = weights;
    made.bias = chosen.bias;
    made.quant = (cmsis_nn_per_channel_quant_params){chosen.multiplier, chosen.shift};
    made.params.stride = shape->stride;
    made.params.padding = shape->padding;
    made.params.dilation = shape->dilation;
    made.params.input_offset = random_input_offset();
    random_output(&made.params.output_offset, &made.params.activation);
    report_window(shape);
    report_number("input_offset", made.params.input_offset);
    report_output(made.params.output_offset, made.params.activation);
    return made;
}

static int32_t run_wrapper(__typeof__(arm_convolve_wrapper_s8) *kernel, const convolution *of, int8_t *y)
{
    return kernel(NULL, &of->params, &of->quant, &of->shape.input, of->x, &of->shape.filter, of->weights, NULL,
                  of->bias, &of->shape.output, y);
}

static int32_t run(__typeof__(arm_convolve_s8) *kernel, const convolution *of, int8_t *y)
{
    return kernel(NULL, &of->params, &of->quant, &of->shape.input, of->x, &of->shape.filter, of->weights, NULL,
                  of->bias, NULL, &of->shape.output, y);
}

void fuzz_convolve_wrapper(void)
{
    const convolution of = random_convolution();
    int8_t *y = guarded_output(elements(of.shape.output));

    run_wrapper(twin_arm_convolve_wrapper_s8, &of, guarded_expected());
    guarded_call();
    guarded_return(run_wrapper(arm_convolve_wrapper_s8, &of, y));
}

/* What the wrapper would send to a function for 1x1, too. */
void fuzz_convolve(void)
{
    const convolution of = random_convolution();
    int8_t *y = guarded_output(elements(of.shape.output));

    run(twin_arm_convolve_s8, &of, guarded_expected());
    guarded_call();
    guarded_return(run(arm_convolve_s8, &of, y));
}
