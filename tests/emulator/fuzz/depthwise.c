#include <string.h>

#include "factors.h"
#include "guarded.h"
#include "kernels.h"
#include "random.h"
#include "report.h"
#include "window.h"

#define MOST_WORK 60000

/* A depthwise convolution, all but its output. */
typedef struct {
    window shape;
    cmsis_nn_dw_conv_params params;
    cmsis_nn_per_channel_quant_params quant;
    const int8_t *x;
    const int8_t *weights;
    const int32_t *bias;
} depthwise;

/* 3x3 mostly, with one output channel for each of the input. */
static window random_filters(void)
{
    window shape;

    do {
        const int is_tall = one_in(40);
        const int32_t most = one_in(3) ? 11 : 6;
        const int32_t kernel_h = is_tall ? random_in(250, 260) : !one_in(3) ? 3 : one_in(3) ? 5 : random_in(1, most);
        const int32_t kernel_w = is_tall ? 1 : one_in(8) ? random_in(1, most) : kernel_h;

        shape = random_window(kernel_h, kernel_w);
        if (!one_in(4)) {
            shape.dilation.h = shape.dilation.w = 1;
        }
        shape.input.n = shape.output.n = one_in(8) ? random_in(2, 3) : 1;
        shape.input.c = one_in(3) ? 8 * random_in(1, 8) : random_channels();
        shape.output.c = shape.filter.c = shape.input.c * (one_in(6) ? random_in(1, 3) : 1);
    } while (elements(shape.input) > GUARDED_MOST_BYTES ||
             elements(shape.output) * shape.filter.h * shape.filter.w > MOST_WORK);
    return shape;
}

/* Two neighbouring taps of one channel whose products need 17 bits together. */
static void lowest_pair(const window *shape, int8_t *x, int8_t *weights)
{
    const int32_t taps = shape->filter.h * shape->filter.w;
    const int32_t tap = random_in(0, taps > 1 ? taps - 2 : 0);
    const int32_t ch = random_in(0, shape->output.c - 1);

    memset(x, -128, (size_t)elements(shape->input));
    for (int32_t i = tap; i < taps && i < tap + 2; ++i) {
        weights[i * shape->output.c + ch] = -128;
    }
}

static depthwise random_depthwise(void)
{
    depthwise made = {.shape = random_filters()};
    const window *shape = &made.shape;
    int8_t *x = guarded_bytes("x", elements(shape->input));
    int8_t *weights = guarded_bytes("weights", elements(shape->filter));
    const factors chosen = random_factors(shape->output.c, shape->filter.h * shape->filter.w);

    random_bytes(x, elements(shape->input), -128);
    random_bytes(weights, elements(shape->filter), one_in(2) ? -128 : -127);
    if (one_in(6)) {
        lowest_pair(shape, x, weights);
    }
    made.x = x;
    made.weights = weights;
    made.bias = chosen.bias;
    made.quant = (cmsis_nn_per_channel_quant_params){chosen.multiplier, chosen.shift};
    made.params.ch_mult = shape->output.c / shape->input.c;
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

static int32_t run(__typeof__(arm_depthwise_conv_wrapper_s8) *kernel, const depthwise *of, int8_t *y)
{
    return kernel(NULL, &of->params, &of->quant, &of->shape.input, of->x, &of->shape.filter, of->weights, NULL,
                  of->bias, &of->shape.output, y);
}

void fuzz_depthwise(void)
{
    const depthwise of = random_depthwise();
    int8_t *y = guarded_output(elements(of.shape.output));

    run(twin_arm_depthwise_conv_wrapper_s8, &of, guarded_expected());
    guarded_call();
    guarded_return(run(arm_depthwise_conv_wrapper_s8, &of, y));
}
