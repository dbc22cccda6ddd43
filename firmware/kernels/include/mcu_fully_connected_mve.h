/* Matrix times vector with Helium: four outputs at a time; the last four overlap those before them. Only for cores with
 * __ARM_FEATURE_MVE. */
#ifndef MCU_FULLY_CONNECTED_MVE_H
#define MCU_FULLY_CONNECTED_MVE_H

#include "mcu_filters_mve.h"
#include "mcu_products_mve.h"

/* One vector; output_ch >= 4. */
static inline void mcu_fully_connected_mve(const int8_t *x, const int8_t *weights, const int32_t *bias, int32_t depth,
                                           int32_t input_offset, int32_t multiplier, int32_t shift,
                                           mcu_output_mve output, int32_t output_ch, int8_t *y)
{
    for (int32_t next_ch = 0; next_ch < output_ch; next_ch += 4) {
        const int32_t ch = next_ch <= output_ch - 4 ? next_ch : output_ch - 4;
        const int8_t *filters = weights + ch * depth;
        int32_t acc[4];

        vstrwq_s32(acc, vldrwq_s32(bias + ch));
        if (input_offset != 0) {
            mcu_fold_offset_mve(bias + ch, filters, depth, 4, input_offset, acc);
        }
        mcu_add_products_mve(x, filters, depth, depth, acc);
        vstrbq_s32(y + ch, mcu_rescale_mve(vldrwq_s32(acc), vdupq_n_s32(multiplier), vdupq_n_s32(shift), output, 0));
    }
}

#endif
