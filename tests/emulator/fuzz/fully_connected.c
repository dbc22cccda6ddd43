#include "factors.h"
#include "guarded.h"
#include "kernels.h"
#include "random.h"
#include "report.h"

/* A matrix times some vectors, all but the output. */
typedef struct {
    cmsis_nn_dims input;
    cmsis_nn_dims filter;
    cmsis_nn_dims output;
    cmsis_nn_fc_params params;
    cmsis_nn_per_tensor_quant_params quant;
    const int8_t *x;
    const int8_t *weights;
    const int32_t *bias;
} product;

static product random_product(void)
{
    const int32_t depth = random_channels() * (one_in(6) ? random_in(1, 4) : 1);
    const int32_t outputs = random_in(1, depth > 256 ? 32 : 64);
    const int32_t batches = one_in(4) ? random_in(2, 3) : 1;
    uint32_t largest;
    product made = {
        .input = {batches, 1, 1, depth}, .filter = {depth, 1, 1, outputs}, .output = {batches, 1, 1, outputs}};
    int8_t *x = guarded_bytes("x", batches * depth);
    int8_t *weights = guarded_bytes("weights", outputs * depth);

    random_bytes(x, batches * depth, -128);
    random_bytes(weights, outputs * depth, one_in(2) ? -128 : -127);
    made.x = x;
    made.weights = weights;
    made.bias = random_bias(outputs, depth, &largest);
    made.quant.multiplier = random_multiplier();
    made.quant.shift = random_shift(largest);
    made.params.input_offset = random_input_offset();
    random_output(&made.params.output_offset, &made.params.activation);
    report_dims("input", made.input);
    report_number("outputs", outputs);
    report_number("input_offset", made.params.input_offset);
    report_factor("factor", made.quant.multiplier, made.quant.shift);
    report_output(made.params.output_offset, made.params.activation);
    return made;
}

static int32_t run(__typeof__(arm_fully_connected_s8) *kernel, const product *of, int8_t *y)
{
    return kernel(NULL, &of->params, &of->quant, &of->input, of->x, &of->filter, of->weights, NULL, of->bias,
                  &of->output, y);
}

void fuzz_fully_connected(void)
{
    const product of = random_product();
    int8_t *y = guarded_output(of.output.n * of.output.c);

    run(twin_arm_fully_connected_s8, &of, guarded_expected());
    guarded_call();
    guarded_return(run(arm_fully_connected_s8, &of, y));
}
