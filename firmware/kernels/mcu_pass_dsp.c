/* The assembly of mcu_pass_dsp.h, which explains it: one copy for all kinds of convolutions. */
#include "mcu_pass_dsp.h"

#include "mcu_variants.h"

#if MCU_DSP

#if MCU_PASS_UNROLLED == 2
#define MCU_PASS_UNROLL(block) block block
#else
#define MCU_PASS_UNROLL(block) block block block block block block block block
#endif

/* Adds the products of four channels of one pixel; an even pair may start from the bias in lr. */
#define MCU_PASS_EVEN(acc, pair, x, from) "smlad " acc ", " pair ", " x ", " from(acc) "\n\t"
#define MCU_PASS_ODD(acc, pair, x) "smlad " acc ", " pair ", " x ", " acc "\n\t"
#define MCU_PASS_PIXEL(acc, even, x_even, odd, x_odd, from) \
    MCU_PASS_EVEN(acc, even, x_even, from) MCU_PASS_ODD(acc, odd, x_odd)
#define MCU_PASS_SUM(acc) acc
#define MCU_PASS_BIAS(acc) "lr"

#define MCU_PASS_PRODUCTS_2(even, odd, from) \
    "ldm r0!, {r7-r10}\n\t" MCU_PASS_PIXEL("r2", even, "r7", odd, "r8", from) \
        MCU_PASS_PIXEL("r3", even, "r9", odd, "r10", from)
#define MCU_PASS_PRODUCTS_3(even, odd, from) \
    "ldm r0!, {r5-r10}\n\t" MCU_PASS_PIXEL("r2", even, "r5", odd, "r6", from) \
        MCU_PASS_PIXEL("r3", even, "r7", odd, "r8", from) MCU_PASS_PIXEL("r4", even, "r9", odd, "r10", from)
#define MCU_PASS_PRODUCTS_4(even, odd, from) \
    MCU_PASS_PRODUCTS_2(even, odd, from) \
    "ldm r0!, {r7-r10}\n\t" MCU_PASS_PIXEL("r4", even, "r7", odd, "r8", from) \
        MCU_PASS_PIXEL("r5", even, "r9", odd, "r10", from)
/* `even` may be r6. */
#define MCU_PASS_PRODUCTS_5(even, odd, from) \
    "ldm r0!, {r7-r11}\n\t" MCU_PASS_PIXEL("r2", even, "r7", odd, "r8", from) \
        MCU_PASS_PIXEL("r3", even, "r9", odd, "r10", from) MCU_PASS_EVEN("r4", even, "r11", from) \
    "ldm r0!, {r7-r11}\n\t" MCU_PASS_ODD("r4", odd, "r7") MCU_PASS_PIXEL("r5", even, "r8", odd, "r9", from) \
        MCU_PASS_PIXEL("r6", even, "r10", odd, "r11", from)

/* `even` may be r7. */
#define MCU_PASS_PRODUCTS_6(even, odd, from) \
    "ldm r0!, {r8-r11}\n\t" MCU_PASS_PIXEL("r2", even, "r8", odd, "r9", from) \
        MCU_PASS_PIXEL("r3", even, "r10", odd, "r11", from) \
    "ldm r0!, {r8-r11}\n\t" MCU_PASS_PIXEL("r4", even, "r8", odd, "r9", from) \
        MCU_PASS_PIXEL("r5", even, "r10", odd, "r11", from) \
    "ldm r0!, {r8-r11}\n\t" MCU_PASS_PIXEL("r6", even, "r8", odd, "r9", from) \
        MCU_PASS_PIXEL("r7", even, "r10", odd, "r11", from)

#define MCU_PASS_FIRST_BLOCK(products, even) \
    "ldr " even ", [r1]\n\t" \
    "add r1, r1, r12, lsr #8\n\t" \
    "sxtb16 r12, " even ", ror #8\n\t" \
    "sxtb16 " even ", " even "\n\t" products(even, "r12", MCU_PASS_BIAS)

#define MCU_PASS_BLOCK(products) \
    "ldr r12, [r1], #4\n\t" \
    "sxtb16 lr, r12, ror #8\n\t" \
    "sxtb16 r12, r12\n\t" products("r12", "lr", MCU_PASS_SUM)

#define MCU_PASS_RELU_OF(acc) "smmlar " acc ", " acc ", r10, r11\n\t" MCU_PASS_SHIFT(acc)
#define MCU_PASS_ANY_OF(acc) \
    "add r6, r11, " acc ", asr #31\n\t" \
    "smmlar " acc ", " acc ", r10, r6\n\t" MCU_PASS_SHIFT(acc)
/* The first of five or six, while r6 is taken. */
#define MCU_PASS_ANY_OF_R6 \
    "smmulr r6, r6, r10\n\t" \
    "add r6, r6, r6, asr #31\n\t" \
    "add r6, r6, r11\n\t" MCU_PASS_SHIFT("r6")
#define MCU_PASS_SHIFT(acc) \
    "asr " acc ", " acc ", r12\n\t" \
    "ssat " acc ", #8, " acc ", asr #1\n\t"

#define MCU_PASS_STORE_2(rescale, rescale_r6) \
    rescale("r3") "strb r3, [r8, r9]\n\t" rescale("r2") "strb r2, [r8], #1\n\t"
#define MCU_PASS_STORE_3(rescale, rescale_r6) \
    rescale("r4") "strb r4, [r8, r9, lsl #1]\n\t" MCU_PASS_STORE_2(rescale, rescale_r6)
#define MCU_PASS_STORE_4(rescale, rescale_r6) \
    rescale("r4") "strb r4, [r8, r9, lsl #1]\n\t" rescale("r3") "strb r3, [r8, r9]\n\t" \
        "add r9, r9, r9, lsl #1\n\t" rescale("r5") "strb r5, [r8, r9]\n\t" rescale("r2") "strb r2, [r8], #1\n\t"
#define MCU_PASS_STORE_5(rescale, rescale_r6) \
    rescale_r6 "strb r6, [r8, r9, lsl #2]\n\t" MCU_PASS_STORE_4(rescale, rescale_r6)

#define MCU_PASS_STORE_6(rescale, rescale_r6) \
    rescale_r6 "strb r6, [r8, r9, lsl #2]\n\t" rescale("r7") "add r6, r8, r9, lsl #2\n\t" \
        "strb r7, [r6, r9]\n\t" MCU_PASS_STORE_4(rescale, rescale_r6)

/* Around the stores: r8: y, r9: step, r10, r12 and lr: a mcu_pass_channel, r11: the constant. Six accumulators leave no
 * register for the pointer to the channels. */
#define MCU_PASS_FINISH(store) \
    "ldm r0, {r7-r9, r11}\n\t" \
    "ldm r7!, {r10, r12, lr}\n\t" \
    "lsl r11, r11, r12\n\t" store "stm r0, {r7-r8}\n\t" MCU_PASS_REPEAT
#define MCU_PASS_FINISH_SIX(store) \
    "ldr r8, [r0]\n\t" \
    "ldm r8!, {r10, r12, lr}\n\t" \
    "str r8, [r0]\n\t" \
    "ldrd r9, r11, [r0, #8]\n\t" \
    "ldr r8, [r0, #4]\n\t" \
    "lsl r11, r11, r12\n\t" store "str r8, [r0, #4]\n\t" MCU_PASS_REPEAT
/* Adds the sums to those that lie at r8, halved; r9: step, r10: channels that are left. The next starts from 0. */
#define MCU_PASS_NO_ADD
#define MCU_PASS_ADD_4 \
    "ldm r0, {r7-r10}\n\t" \
    "ldm r8, {r7, r11, r12, lr}\n\t" \
    "add r2, r7, r2, asr #1\n\t" \
    "add r3, r11, r3, asr #1\n\t" \
    "add r4, r12, r4, asr #1\n\t" \
    "add r5, lr, r5, asr #1\n\t" \
    "stm r8!, {r2-r5}\n\t" \
    "add r1, r1, r9\n\t" \
    "subs r10, r10, #1\n\t" \
    "str r8, [r0, #4]\n\t" \
    "str r10, [r0, #12]\n\t" \
    "ldr r0, [r0, #16]\n\t" \
    "mov.w r12, #1024\n\t" \
    "mov.w lr, #0\n\t" \
    "bne 2b\n\t" \
    "b 8f\n"
#define MCU_PASS_REPEAT \
    "ldr r0, [r0, #16]\n\t" \
    "cmp r12, #256\n\t" \
    "bhs 2b\n\t"

#define MCU_PASS(n, even, last, finish, add) \
    MCU_PASS_DECLARE(n) \
    { \
        register uint32_t *r0 __asm__("r0") = stream; \
        register const int8_t *r1 __asm__("r1") = weights; \
        register void *r2 __asm__("r2") = channels; \
        __asm__ volatile(".p2align 2\n\t" \
                         "cbnz r0, 1f\n\t" \
                         "adr.w r3, 3f\n\t" \
                         "adr.w r4, 4f\n\t" \
                         "adr.w r5, 5f\n\t" \
                         "adr.w r6, 6f\n\t" \
                         "adr.w r8, 7f\n\t" \
                         "adr.w r9, 10f\n\t" \
                         "stm r2, {r3-r6, r8-r9}\n\t" \
                         "b 9f\n" \
                         "1:\n\t" \
                         "str r7, [r0, #-4]\n\t" \
                         "ldrd r12, lr, [r2]\n" \
                         "2:\n\t" MCU_PASS_FIRST_BLOCK(MCU_PASS_PRODUCTS_##n, even) "ldr pc, [r0], #4\n" \
                         "3:\n\t" MCU_PASS_UNROLL(MCU_PASS_BLOCK(MCU_PASS_PRODUCTS_##n)) "4:\n\t" \
                         "ldr pc, [r0], #4\n" \
                         "5:\n\t" finish(MCU_PASS_STORE_##n(MCU_PASS_RELU_OF, MCU_PASS_RELU_OF("r6"))) \
                         "b 8f\n" \
                         "6:\n\t" finish(MCU_PASS_STORE_##n(MCU_PASS_ANY_OF, MCU_PASS_ANY_OF_R6)) \
                         "b 8f\n" \
                         "10:\n\t" add \
                         "7:\n\t" \
                         "ldr r8, [r0, #4]\n\t" \
                         "stm r8, {r2-" last "}\n\t" \
                         "ldr r0, [r0, #16]\n" \
                         "8:\n\t" \
                         "ldr r7, [r0, #-4]\n" \
                         "9:" \
                         : "+r"(r0), "+r"(r1), "+r"(r2) \
                         : \
                         : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory"); \
        return r1; \
    }

MCU_PASS(2, "r11", "r3", MCU_PASS_FINISH, MCU_PASS_NO_ADD)
MCU_PASS(4, "r11", "r5", MCU_PASS_FINISH, MCU_PASS_ADD_4)
#if MCU_PASS_PIXELS == 6
MCU_PASS(3, "r11", "r4", MCU_PASS_FINISH, MCU_PASS_NO_ADD)
MCU_PASS(5, "r6", "r6", MCU_PASS_FINISH, MCU_PASS_NO_ADD)
MCU_PASS(6, "r7", "r7", MCU_PASS_FINISH_SIX, MCU_PASS_NO_ADD)
#endif

mcu_pass_tail *mcu_pass_link(int32_t n, int32_t blocks, int32_t rescale, uint32_t *stream)
{
    const int32_t some = (blocks - 1) % MCU_PASS_UNROLLED;
    mcu_pass_code code;
    uint32_t *at = stream + 2 * n;

    MCU_PASS_FOR(n, mcu_pass, NULL, NULL, &code);
    *at++ = (code.behind - (uint32_t)some * ((code.behind - code.first) / MCU_PASS_UNROLLED)) | 1;
    at += 2 * n * some;
    for (int32_t turns = (blocks - 1) / MCU_PASS_UNROLLED; turns > 0; --turns) {
        *at++ = code.first | 1;
        at += 2 * n * MCU_PASS_UNROLLED;
    }
    *at++ = code.rescale[rescale] | 1;
    return (mcu_pass_tail *)(void *)at;
}

#endif
