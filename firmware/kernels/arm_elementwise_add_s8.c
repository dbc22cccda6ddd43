#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_add_mve.h"
#elif MCU_DSP
#include "mcu_add_dsp.h"
#elif MCU_SCALES
#include "mcu_fixed_point_v6m.h"
#endif

/* Element by element: both inputs to a common scale, their sum to the output's. The shift left keeps the precision. */
arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t *x1, const int8_t *x2, int32_t input_1_offset,
                                           int32_t input_1_multiplier, int32_t input_1_shift, int32_t input_2_offset,
                                           int32_t input_2_multiplier, int32_t input_2_shift, int32_t left_shift,
                                           int8_t *y, int32_t output_offset, int32_t output_multiplier,
                                           int32_t output_shift, int32_t act_min, int32_t act_max, int32_t block_size)
{
    const int32_t one = INT32_C(1) << left_shift;

#if MCU_HELIUM
    if (input_1_shift <= 0 && input_2_shift <= 0 && output_shift <= 0) {
        const mcu_output_mve output = {output_offset, act_min, act_max};
        const mcu_term_mve first = {input_1_offset, input_1_multiplier, input_1_shift};
        const mcu_term_mve second = {input_2_offset, input_2_multiplier, input_2_shift};
        mcu_add_mve(x1, x2, first, second, left_shift, y, output_multiplier, output_shift, output, block_size);
        return ARM_CMSIS_NN_SUCCESS;
    }
#elif MCU_DSP
    const cmsis_nn_activation activation = {act_min, act_max};
    if (mcu_add_is_short(left_shift, input_1_offset, input_1_shift, input_2_offset, input_2_shift) &&
        mcu_short_rescaling_fits(output_multiplier, output_shift) && mcu_short_rescaling_clamps(&activation)) {
        const mcu_short_rescaling output = mcu_short_rescaling_of(output_multiplier, output_shift);
        const mcu_add_input first = mcu_add_input_of(input_1_offset, input_1_multiplier, input_1_shift);
        const mcu_add_input second = mcu_add_input_of(input_2_offset, input_2_multiplier, input_2_shift);
        mcu_add_dsp(x1, x2, &first, &second, &output, output_offset, block_size, y);
        return ARM_CMSIS_NN_SUCCESS;
    }
#endif
#if MCU_SCALES
    mcu_scale first;
    mcu_scale second;
    mcu_scale output;

    mcu_prepare_scale(&first, input_1_multiplier, input_1_shift, 0, INT32_MIN, INT32_MAX);
    mcu_prepare_scale(&second, input_2_multiplier, input_2_shift, 0, INT32_MIN, INT32_MAX);
    mcu_prepare_scale(&output, output_multiplier, output_shift, output_offset, act_min, act_max);
    for (int32_t i = 0; i < block_size; ++i) {
        const int32_t scaled_1 = mcu_rescale((x1[i] + input_1_offset) * one, &first);
        const int32_t scaled_2 = mcu_rescale((x2[i] + input_2_offset) * one, &second);
        y[i] = (int8_t)mcu_rescale(scaled_1 + scaled_2, &output);
    }
#else
    for (int32_t i = 0; i < block_size; ++i) {
        const int32_t scaled_1 = mcu_requantize((x1[i] + input_1_offset) * one, input_1_multiplier, input_1_shift);
        const int32_t scaled_2 = mcu_requantize((x2[i] + input_2_offset) * one, input_2_multiplier, input_2_shift);
        y[i] = mcu_rescale_s8(scaled_1 + scaled_2, output_multiplier, output_shift, output_offset, act_min, act_max);
    }
#endif
    return ARM_CMSIS_NN_SUCCESS;
}
