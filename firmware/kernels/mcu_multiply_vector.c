#include "mcu_multiply_vector.h"

#include "mcu_variants.h"

#if MCU_PACKED

#if defined(__ARM_ARCH_6M__)
#include "mcu_fixed_point_v6m.h"
#include "mcu_vector_v6m.h"
#else
#include "mcu_fixed_point_v7m.h"
#include "mcu_vector_v7m.h"
#endif

static inline void mcu_prepare(const mcu_filters *filters, int32_t ch, mcu_scale *scale)
{
    mcu_prepare_scale(scale, filters->multiplier[ch], filters->shift[ch], filters->output_offset,
                      filters->activation.min, filters->activation.max);
}

/* Four filters at a time, of which the last overlap those before. Loop order: output, input. */
void mcu_multiply_vector(const mcu_filters *filters, const int8_t *x, int32_t length, const int8_t *weights,
                         const int32_t *bias, int32_t channels, int8_t *y)
{
    mcu_scale scale;

    mcu_prepare(filters, 0, &scale);
    for (int32_t begin = 0; begin < channels; begin += 4) {
        const int32_t ch = mcu_min(begin, channels - 4);
        int32_t acc[4] = {bias[ch], bias[ch + 1], bias[ch + 2], bias[ch + 3]};

        mcu_multiply_4_filters(x, filters->input_offset, weights + ch * length, length, acc);
        for (int32_t i = ch; i < ch + 4; ++i) {
            if (filters->step != 0) {
                mcu_prepare(filters, i, &scale);
            }
            y[i] = (int8_t)mcu_rescale(acc[i - ch], &scale);
        }
    }
}

#endif
