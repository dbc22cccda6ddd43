#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_variants.h"
#if MCU_HELIUM
#include "mcu_mul_mve.h"
#elif MCU_SCALES
#include "mcu_fixed_point_v6m.h"
#endif

/* Element by element: the product of the two real values, rescaled. */
arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t *x1, const int8_t *x2, int32_t input_1_offset,
                                           int32_t input_2_offset, int8_t *y, int32_t output_offset,
                                           int32_t multiplier, int32_t shift, int32_t act_min, int32_t act_max,
                                           int32_t block_size)
{
#if MCU_HELIUM
    const mcu_mul_mve mul = {input_1_offset, input_2_offset, multiplier, shift, {output_offset, act_min, act_max}};
    mcu_multiply_mve(x1, x2, &mul, block_size, y);
#else
#if MCU_SCALES
    mcu_scale scale;

    mcu_prepare_scale(&scale, multiplier, shift, output_offset, act_min, act_max);
#endif
    for (int32_t i = 0; i < block_size; ++i) {
        const int32_t acc = (x1[i] + input_1_offset) * (x2[i] + input_2_offset);
#if MCU_SCALES
        y[i] = (int8_t)mcu_rescale(acc, &scale);
#else
        y[i] = mcu_rescale_s8(acc, multiplier, shift, output_offset, act_min, act_max);
#endif
    }
#endif
    return ARM_CMSIS_NN_SUCCESS;
}
