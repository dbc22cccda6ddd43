/* Row numbers: what the emitted C computes where layers run row by row. Includes nothing of CMSIS-NN. */
#ifndef MCU_ROWS_H
#define MCU_ROWS_H

#include "mcu_fixed_point.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `height` rows of an input from row `begin` on; `padding` rows of padding lie above them. */
typedef struct {
    int32_t begin;
    int32_t height;
    int32_t padding;
} mcu_rows;

/* The rows under a kernel of `kernel` rows, at every place where it makes output rows [row, end), of an input of
 * `height` rows with `padding` above. The padding below follows from the heights. */
static inline mcu_rows mcu_rows_under(int32_t row, int32_t end, int32_t stride, int32_t padding, int32_t kernel,
                                      int32_t height)
{
    const int32_t top = row * stride - padding;
    const int32_t bottom = (end - 1) * stride - padding + kernel;
    mcu_rows rows;

    rows.begin = mcu_max(top, 0);
    rows.height = mcu_max(mcu_min(bottom, height) - rows.begin, 0);
    rows.padding = rows.begin - top;
    return rows;
}

#ifdef __cplusplus
}
#endif

#endif
