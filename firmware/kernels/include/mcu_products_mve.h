/* Sums of products of one pixel or window and four filters with Helium, in a loop with tail predication: five loads for
 * four times 16 products. */
#ifndef MCU_PRODUCTS_MVE_H
#define MCU_PRODUCTS_MVE_H

#include <arm_mve.h>
#include <stdint.h>

/* Sums of products of x and four filters, `step` elements apart, over `count` elements, added to acc. Its assembly
 * takes nearly all registers: inlined, there may be too few. */
static __attribute__((noinline)) void mcu_add_products_mve(const int8_t *x, const int8_t *weights, int32_t step,
                                                           int32_t count, int32_t acc[4])
{
    const int8_t *weights_1 = weights + step;
    const int8_t *weights_2 = weights_1 + step;
    const int8_t *weights_3 = weights_2 + step;
    int32_t acc_0 = acc[0];
    int32_t acc_1 = acc[1];
    int32_t acc_2 = acc[2];
    int32_t acc_3 = acc[3];

    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1:\n"
                     "vldrb.8 q0, [%[x]], #16\n"
                     "vldrb.8 q1, [%[w0]], #16\n"
                     "vmladava.s8 %[a0], q0, q1\n"
                     "vldrb.8 q1, [%[w1]], #16\n"
                     "vmladava.s8 %[a1], q0, q1\n"
                     "vldrb.8 q1, [%[w2]], #16\n"
                     "vmladava.s8 %[a2], q0, q1\n"
                     "vldrb.8 q1, [%[w3]], #16\n"
                     "vmladava.s8 %[a3], q0, q1\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [x] "+&r"(x), [w0] "+&r"(weights), [w1] "+&r"(weights_1), [w2] "+&r"(weights_2),
                       [w3] "+&r"(weights_3), [a0] "+&Te"(acc_0), [a1] "+&Te"(acc_1), [a2] "+&Te"(acc_2),
                       [a3] "+&Te"(acc_3)
                     : [count] "r"(count)
                     : "q0", "q1", "lr", "memory");
    acc[0] = acc_0;
    acc[1] = acc_1;
    acc[2] = acc_2;
    acc[3] = acc_3;
}

static inline int32x4_t mcu_lanes_mve(const int32_t acc[4])
{
    int32x4_t lanes = vdupq_n_s32(acc[0]);
    lanes = vsetq_lane_s32(acc[1], lanes, 1);
    lanes = vsetq_lane_s32(acc[2], lanes, 2);
    return vsetq_lane_s32(acc[3], lanes, 3);
}

#endif
