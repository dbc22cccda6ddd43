/* Tells how a CMSIS-NN library rounds: 1 · 2^30 / 2^31 / 2 is 1/4, which rounds to 0; rounded before and after the last
 * division it is 1. Five elements reach the vector loop of every core and the loop over the rest. */
#include "arm_nnfunctions.h"

#include "console.h"

#include <stdint.h>

enum { COUNT = 5, DOUBLE_ROUNDING = 0, SINGLE_ROUNDING = 10, OTHER_RESULT = 11 };

static int all_are(const int8_t *values, int8_t expected)
{
    for (int i = 0; i < COUNT; ++i) {
        if (values[i] != expected) {
            return 0;
        }
    }
    return 1;
}

int main(void)
{
    const int8_t ones[COUNT] = {1, 1, 1, 1, 1};
    int8_t out[COUNT] = {0};
    const int32_t half = 1 << 30;
    if (arm_elementwise_mul_s8(ones, ones, 0, 0, out, 0, half, -1, -128, 127, COUNT) != ARM_CMSIS_NN_SUCCESS) {
        return OTHER_RESULT;
    }
    if (all_are(out, 1)) {
        return DOUBLE_ROUNDING;
    }
    return all_are(out, 0) ? SINGLE_ROUNDING : OTHER_RESULT;
}
