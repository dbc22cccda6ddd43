#include "factors.h"
#include "guarded.h"
#include "kernels.h"
#include "random.h"
#include "report.h"
#include "window.h"

#define MOST_WORK 60000

typedef __typeof__(arm_max_pool_s8) pool;

/* Up to 4x4, or so large that sums of its elements need more than 16 bits. */
static void fuzz_pool(pool *twin, pool *kernel)
{
    const int32_t most = one_in(4) ? 40 : 4;
    const int32_t kernel_h = random_in(1, most);
    const int32_t kernel_w = one_in(4) ? random_in(1, most) : kernel_h;
    cmsis_nn_pool_params params;
    int32_t unused;
    window shape;

    do {
        shape = random_pool(kernel_h, kernel_w);
        shape.input.n = shape.output.n = one_in(8) ? 2 : 1;
        shape.input.c = shape.output.c = random_in(1, 20);
    } while (elements(shape.input) > GUARDED_MOST_BYTES || elements(shape.output) * kernel_h * kernel_w > MOST_WORK);
    params.stride = shape.stride;
    params.padding = shape.padding;
    random_output(&unused, &params.activation);
    report_window(&shape);
    report_output(0, params.activation);
    int8_t *x = guarded_bytes("x", elements(shape.input));
    int8_t *y = guarded_output(elements(shape.output));

    random_bytes(x, elements(shape.input), -128);
    twin(NULL, &params, &shape.input, x, &shape.filter, &shape.output, guarded_expected());
    guarded_call();
    guarded_return(kernel(NULL, &params, &shape.input, x, &shape.filter, &shape.output, y));
}

void fuzz_average_pool(void)
{
    fuzz_pool(twin_arm_avgpool_s8, arm_avgpool_s8);
}

void fuzz_max_pool(void)
{
    fuzz_pool(twin_arm_max_pool_s8, arm_max_pool_s8);
}

/* Sums of more than 255 pixels need more than 16 bits. */
void fuzz_mean(void)
{
    const int32_t pixels = one_in(4) ? random_in(200, 600) : random_in(1, 60);
    const int32_t channels = random_in(1, 20);
    const int32_t input_offset = random_input_offset();
    const int32_t multiplier = random_multiplier();
    const int32_t shift = random_shift((uint32_t)(pixels * 255));
    int32_t output_offset;
    cmsis_nn_activation limits;
    int8_t *x = guarded_bytes("x", pixels * channels);
    int8_t *y = guarded_output(channels);

    random_bytes(x, pixels * channels, -128);
    random_output(&output_offset, &limits);
    report_number("pixels", pixels);
    report_number("channels", channels);
    report_number("input_offset", input_offset);
    report_factor("factor", multiplier, shift);
    report_output(output_offset, limits);

    twin_mcu_mean_s8(x, pixels, channels, input_offset, guarded_expected(), output_offset, multiplier, shift,
                     limits.min, limits.max);
    guarded_call();
    mcu_mean_s8(x, pixels, channels, input_offset, y, output_offset, multiplier, shift, limits.min, limits.max);
    guarded_return(0);
}
