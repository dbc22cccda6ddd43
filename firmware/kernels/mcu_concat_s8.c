#include "mcu_kernels.h"

/* Loop order: input, pixel, channel. */
void mcu_concat_s8(const int8_t *const *x, const int32_t *input_ch, int32_t inputs, int32_t pixels, int32_t output_ch,
                   int8_t *y)
{
    for (int32_t input = 0; input < inputs; ++input) {
        const int8_t *from = x[input];
        int8_t *to = y;

        for (int32_t pixel = 0; pixel < pixels; ++pixel, to += output_ch) {
            for (int32_t ch = 0; ch < input_ch[input]; ++ch) {
                to[ch] = *from++;
            }
        }
        y += input_ch[input];
    }
}
