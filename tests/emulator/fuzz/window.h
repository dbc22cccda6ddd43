/* Random windows over an input: of convolutions and pools, of whole tensors and of blocks of their rows. */
#ifndef WINDOW_H
#define WINDOW_H

#include "arm_nn_types.h"

/* Heights and widths; batches and channels are left to the caller. */
typedef struct {
    cmsis_nn_dims input;
    cmsis_nn_dims filter;
    cmsis_nn_dims output;
    cmsis_nn_tile stride;
    cmsis_nn_tile padding;
    cmsis_nn_tile dilation;
} window;

/* Of a kernel of this size. Padding at the bottom and right follows from the output; there may be more, less or none
 * than at the top and left, and some input that no output needs. */
window random_window(int32_t kernel_h, int32_t kernel_w);

/* The same without dilation, and every output has an input. */
window random_pool(int32_t kernel_h, int32_t kernel_w);

int32_t elements(cmsis_nn_dims dims);

void report_window(const window *shape);

#endif
