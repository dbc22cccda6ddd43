/* 1x1 convolution with Helium of at most 16 input channels into an output that is `plain` (mcu_requantize_mve.h): four
 * filters and their constants stay in vector registers while the pixels pass.
 */
#ifndef MCU_POINTWISE_SHALLOW_MVE_H
#define MCU_POINTWISE_SHALLOW_MVE_H

#include "mcu_filters_mve.h"

/* Output channels [ch, ch + 4) of `pixels` > 0 pixels: four filters in q0 to q3. */
static inline void mcu_shallow_plain_mve(const mcu_filters_mve *filters, int32_t ch, const int8_t *x, int32_t step,
                                         int32_t pixels, int8_t *y)
{
    const int32x4_t tables[3] = {vldrwq_s32(filters->bias + ch), vldrwq_s32(filters->multiplier + ch),
                                 vldrwq_s32(filters->shift + ch)};
    int32_t acc_0 = pixels;
    int32_t acc_1 = filters->depth;
    int32_t acc_2 = (int32_t)(intptr_t)(filters->weights + ch * filters->depth);
    int32_t acc_3 = (int32_t)(intptr_t)tables;
    mve_pred16_t inside = vctp8q((uint32_t)filters->depth);

    __asm__ volatile("vpst\n vldrbt.8 q0, [%[a2]]\n add %[a2], %[a2], %[a1]\n"
                     "vpst\n vldrbt.8 q1, [%[a2]]\n add %[a2], %[a2], %[a1]\n"
                     "vpst\n vldrbt.8 q2, [%[a2]]\n add %[a2], %[a2], %[a1]\n"
                     "vpst\n vldrbt.8 q3, [%[a2]]\n"
                     "vldrw.32 q4, [%[a3]]\n vldrw.32 q5, [%[a3], #16]\n vldrw.32 q6, [%[a3], #32]\n"
                     "dls lr, %[a0]\n"
                     "1:\n"
                     "vpst\n vldrbt.8 q7, [%[x]]\n add %[x], %[x], %[step]\n"
                     "vmladav.s8 %[a0], q7, q0\n vmladav.s8 %[a1], q7, q1\n"
                     "vmladav.s8 %[a2], q7, q2\n vmladav.s8 %[a3], q7, q3\n"
                     "vmov d14, %[a0], %[a1]\n vmov d15, %[a2], %[a3]\n"
                     "vadd.i32 q7, q7, q4\n vqrdmulh.s32 q7, q7, q5\n vrshl.s32 q7, q7, q6\n" MCU_PLAIN_BYTES("q7")
                     "vstrb.32 q7, [%[y]]\n add %[y], %[y], %[output_ch]\n"
                     "le lr, 1b\n"
                     : [x] "+&r"(x), [y] "+&l"(y), [a0] "+&Te"(acc_0), [a1] "+&Te"(acc_1), [a2] "+&Te"(acc_2),
                       [a3] "+&Te"(acc_3), [inside] "+Up"(inside)
                     : [step] "r"(step), [offset] "r"(-128), [output_ch] "r"(filters->output_ch)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory");
}

#endif
