#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_fully_connected_mve.h"
#elif MCU_DSP
#include "mcu_vector_dsp.h"
#elif MCU_PACKED
#include "mcu_multiply_vector.h"
#endif

/* Matrix times vector, one factor for all outputs. Outputs are taken two by two; an odd last one is its own partner.
 * Loop order: batch, output, input. */
arm_cmsis_nn_status arm_fully_connected_s8(const cmsis_nn_context *ctx, const cmsis_nn_fc_params *fc_params,
                                           const cmsis_nn_per_tensor_quant_params *quant_params,
                                           const cmsis_nn_dims *input_dims, const int8_t *x,
                                           const cmsis_nn_dims *filter_dims, const int8_t *weights,
                                           const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                           const cmsis_nn_dims *output_dims, int8_t *y)
{
    const int32_t depth = filter_dims->n;
    const int32_t output_ch = output_dims->c;
    const int32_t input_offset = fc_params->input_offset;
    const int32_t output_offset = fc_params->output_offset;
    const int32_t multiplier = quant_params->multiplier;
    const int32_t shift = quant_params->shift;
    const int32_t act_min = fc_params->activation.min;
    const int32_t act_max = fc_params->activation.max;

    (void)ctx;
    (void)bias_dims;
    if (fc_params->filter_offset != 0) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
#if MCU_HELIUM
    if (output_ch >= 4) {
        const mcu_output_mve output = {output_offset, act_min, act_max};
        for (int32_t batch = 0; batch < input_dims->n; ++batch, x += depth, y += output_ch) {
            mcu_fully_connected_mve(x, weights, bias, depth, input_offset, multiplier, shift, output, output_ch, y);
        }
        return ARM_CMSIS_NN_SUCCESS;
    }
#elif MCU_PACKED
    if (output_ch >= 4) {
        const mcu_filters filters = {input_offset, output_offset, fc_params->activation, &multiplier, &shift, 0};
        for (int32_t batch = 0; batch < input_dims->n; ++batch, x += depth, y += output_ch) {
            mcu_multiply_vector(&filters, x, depth, weights, bias, output_ch, y);
        }
        return ARM_CMSIS_NN_SUCCESS;
    }
#endif
#if MCU_DSP
    const mcu_output_dsp output = {output_offset, {act_min, act_max}};
    for (int32_t batch = 0; batch < input_dims->n; ++batch, x += depth, y += output_ch) {
        mcu_vector_times_filters(x, depth, input_offset, weights, bias, &multiplier, &shift, 0, output_ch, &output, y);
    }
#else
    for (int32_t batch = 0; batch < input_dims->n; ++batch) {
        for (int32_t ch = 0; ch < output_ch; ch += 2) {
            const int32_t next_ch = mcu_min(ch + 1, output_ch - 1);
            const int8_t *weights_a = weights + ch * depth;
            const int8_t *weights_b = weights + next_ch * depth;
            int32_t acc_a = bias[ch];
            int32_t acc_b = bias[next_ch];

            for (int32_t i = 0; i < depth; ++i) {
                const int32_t value = x[i] + input_offset;
                acc_a += value * weights_a[i];
                acc_b += value * weights_b[i];
            }
            y[ch] = mcu_rescale_s8(acc_a, multiplier, shift, output_offset, act_min, act_max);
            y[next_ch] = mcu_rescale_s8(acc_b, multiplier, shift, output_offset, act_min, act_max);
        }
        x += depth;
        y += output_ch;
    }
#endif
    return ARM_CMSIS_NN_SUCCESS;
}
