/* The passes of mcu_packed.h on Cortex-M3, which multiplies one pair of numbers at a time. */
#ifndef MCU_PASSES_V7M_H
#define MCU_PASSES_V7M_H

#include "mcu_packed.h"
#include "mcu_rescale_v7m.h"

/* r0: words, r1: weights, r12: 2^15; r8 and r10: sums of v, r9 and r11: second pixels. 11 instructions, 8 products. */
#define MCU_TWO_CHANNELS_OF_4 \
    "ldmia r0!, {r4, r5, r6, r7}\n\t" \
    "ldrsb r2, [r1], #1\n\t" \
    "ldrsb r3, [r1], #1\n\t" \
    "mls r4, r4, r2, r12\n\t" \
    "mls r5, r5, r2, r12\n\t" \
    "mls r4, r6, r3, r4\n\t" \
    "mls r5, r7, r3, r5\n\t" \
    "add r9, r9, r4, asr #16\n\t" \
    "add r8, r8, r4\n\t" \
    "add r11, r11, r5, asr #16\n\t" \
    "add r10, r10, r5\n\t"

/* The same of two pixels: 7 instructions, 4 products. */
#define MCU_TWO_CHANNELS_OF_2 \
    "ldmia r0!, {r4, r5}\n\t" \
    "ldrsb r2, [r1], #1\n\t" \
    "ldrsb r3, [r1], #1\n\t" \
    "mls r4, r4, r2, r12\n\t" \
    "mls r4, r5, r3, r4\n\t" \
    "add r9, r9, r4, asr #16\n\t" \
    "add r8, r8, r4\n\t"

/* Adds what `turn` does until all channels but an odd last one are done, four times in a row. Flags: of the number of
 * turns modulo 4, bit 0 in N and bit 1 in C; lr: twice the number of turns, plus 1 for an odd channel, which Z denies
 * in the end. */
#define MCU_TURNS(turn) \
    "bcc 6f\n\t" \
    "bmi 3f\n\t" \
    "b 2f\n" \
    "6:\n\t" \
    "bpl 5f\n\t" \
    "b 4f\n" \
    "1:\n\t" turn "3:\n\t" turn "2:\n\t" turn "4:\n\t" turn "5:\n\t" \
    "subs lr, lr, #8\n\t" \
    "bge 1b\n\t" \
    "lsls r2, lr, #31\n\t"

/* r0: behind the words. r3 gets the bias, r5 that and the excess, r6 twice the multiplier, r7 minus the shift; flags of
 * that. */
#define MCU_CHANNEL_CONSTANTS \
    "ldmia r0!, {r2, r3, r4, r5}\n\t" \
    "ldr r6, [r2, r3]\n\t" \
    "ldr r7, [r2, r4]\n\t" \
    "ldr r3, [r2], #4\n\t" \
    "str r2, [r0, #-16]\n\t" \
    "lsls r6, r6, #1\n\t" \
    "add r5, r5, r3\n\t" \
    "rsbs r7, r7, #0\n\t"

/* Accumulators of two pixels from the sums. */
#define MCU_SEPARATE(first, second) \
    "sub " first ", r5, " first "\n\t" \
    "add " first ", " first ", " second ", lsl #16\n\t" \
    "sub " second ", r3, " second "\n\t"

/* A left shift, of an accumulator that may as well be saturated, as the factor is 1/2 at least; or the factor 0. */
#define MCU_LEFT_SHIFT \
    "rsb r7, r7, #0\n\t" \
    "cmp r6, #0\n\t" \
    "it eq\n\t" \
    "moveq r7, #32\n\t"
#define MCU_SHIFT_LEFT(acc) "lsl " acc ", " acc ", r7\n\tssat " acc ", #24, " acc "\n\t"

/* r12: the output offset. */
#define MCU_RESCALE(acc) MCU_RESCALE_V7M(acc, "r2", "r6", "r7", "r12")

#define MCU_PASS_BEGINS \
    "str r7, [r0, #64]\n\t" \
    "ldr r1, [r0, #48]\n\t" \
    "adds r0, #32\n\t"
#define MCU_LOAD_WORDS \
    "ldmia r0, {r0, r12, lr}\n\t" \
    "lsls r2, lr, #30\n\t"

/* r0: at x in mcu_packed; r3: the next output. */
#define MCU_PASS_ENDS \
    "str r3, [r0, #-16]\n\t" \
    "ldr r2, [r0, #12]\n\t" \
    "cmp r3, r2\n\t" \
    "bne 0b\n\t"

#define MCU_PACKED_CLOBBERS \
    "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory"

/* Sums of a channel begin with its first two products ... */
#define MCU_FIRST_OF_4 \
    MCU_LOAD_WORDS \
    "ldmia r0!, {r4, r5, r6, r7}\n\t" \
    "ldrsb r2, [r1], #1\n\t" \
    "ldrsb r3, [r1], #1\n\t" \
    "mls r8, r4, r2, r12\n\t" \
    "mls r10, r5, r2, r12\n\t" \
    "mls r8, r6, r3, r8\n\t" \
    "mls r10, r7, r3, r10\n\t" \
    "asr r9, r8, #16\n\t" \
    "asr r11, r10, #16\n\t"

/* ... or with what is held at r2, and none of its products. */
#define MCU_HELD_SUMS \
    "ldmia r2!, {r8, r9, r10, r11}\n\t" \
    "str r2, [r0, #20]\n\t" \
    "ldmia r0, {r0, r12, lr}\n\t" \
    "adds lr, lr, #2\n\t" \
    "lsls r2, lr, #30\n\t"

#define MCU_REST_OF_4 \
    MCU_TURNS(MCU_TWO_CHANNELS_OF_4) \
    "beq 7f\n\t" \
    "ldmia r0!, {r4, r5}\n\t" \
    "ldrsb r2, [r1], #1\n\t" \
    "mls r4, r4, r2, r12\n\t" \
    "mls r5, r5, r2, r12\n\t" \
    "add r9, r9, r4, asr #16\n\t" \
    "add r8, r8, r4\n\t" \
    "add r11, r11, r5, asr #16\n\t" \
    "add r10, r10, r5\n" \
    "7:\n\t"

static __attribute__((noinline)) void mcu_hold_4_pixels(mcu_packed *packed)
{
    register void *start __asm__("r0") = &packed->bias;

    __asm__ volatile(
        MCU_PASS_BEGINS
        "0:\n\t"
        "ldr r2, [r0, #20]\n\t"
        "ldr r3, [r0, #36]\n\t"
        "add r1, r1, r3\n\t"
        "cbz r2, 10f\n\t"
        MCU_HELD_SUMS
        "b 11f\n"
        "10:\n\t"
        MCU_FIRST_OF_4
        "11:\n\t"
        MCU_REST_OF_4
        "ldr r2, [r0, #56]\n\t"
        "ldr r3, [r0, #60]\n\t"
        "stmia r2!, {r8, r9, r10, r11}\n\t"
        "str r2, [r0, #56]\n\t"
        "adds r0, #32\n\t"
        "cmp r2, r3\n\t"
        "bne 0b\n\t"
        "ldr r7, [r0, #32]"
        : "+r"(start)
        :
        : MCU_PACKED_CLOBBERS);
}

static __attribute__((noinline)) void mcu_multiply_4_pixels(mcu_packed *packed)
{
    register void *start __asm__("r0") = &packed->bias;

    __asm__ volatile(
        MCU_PASS_BEGINS
        "ldr r2, [r0, #20]\n\t"
        "cmp r2, #0\n\t"
        "bne 12f\n"
        "0:\n\t"
        MCU_FIRST_OF_4
        "11:\n\t"
        MCU_REST_OF_4
        MCU_CHANNEL_CONSTANTS
        MCU_SEPARATE("r8", "r9")
        MCU_SEPARATE("r10", "r11")
        "ble 9f\n"
        "8:\n\t"
        "ldmia r0!, {r3, r4, r5, r12}\n\t"
        MCU_RESCALE("r9") "strb r9, [r3, r4]\n\t"
        MCU_RESCALE("r10") "strb r10, [r3, r4, lsl #1]\n\t"
        MCU_RESCALE("r11") "strb r11, [r3, r5]\n\t"
        MCU_RESCALE("r8") "strb r8, [r3], #1\n\t"
        MCU_PASS_ENDS
        "ldr r2, [r0, #20]\n\t"
        "cbz r2, 10f\n"
        "12:\n\t"
        "ldr r3, [r0, #28]\n\t"
        "cmp r2, r3\n\t"
        "beq 10f\n\t"
        "ldr r3, [r0, #12]\n\t"
        "adds r3, #1\n\t"
        "str r3, [r0, #12]\n\t"
        "ldr r3, [r0, #36]\n\t"
        "add r1, r1, r3\n\t"
        MCU_HELD_SUMS
        "b 11b\n"
        "9:\n\t"
        MCU_LEFT_SHIFT MCU_SHIFT_LEFT("r8") MCU_SHIFT_LEFT("r9") MCU_SHIFT_LEFT("r10") MCU_SHIFT_LEFT("r11")
        "movs r7, #0\n\t"
        "b 8b\n"
        "10:\n\t"
        "ldr r7, [r0, #32]"
        : "+r"(start)
        :
        : MCU_PACKED_CLOBBERS);
}

static __attribute__((noinline)) void mcu_multiply_2_pixels(mcu_packed *packed)
{
    register void *start __asm__("r0") = &packed->bias;

    __asm__ volatile(
        MCU_PASS_BEGINS
        "0:\n\t"
        MCU_LOAD_WORDS
        "ldmia r0!, {r4, r5}\n\t"
        "ldrsb r2, [r1], #1\n\t"
        "ldrsb r3, [r1], #1\n\t"
        "mls r8, r4, r2, r12\n\t"
        "mls r8, r5, r3, r8\n\t"
        "asr r9, r8, #16\n\t"
        MCU_TURNS(MCU_TWO_CHANNELS_OF_2)
        "beq 7f\n\t"
        "ldr r4, [r0], #4\n\t"
        "ldrsb r2, [r1], #1\n\t"
        "mls r4, r4, r2, r12\n\t"
        "add r9, r9, r4, asr #16\n\t"
        "add r8, r8, r4\n"
        "7:\n\t"
        MCU_CHANNEL_CONSTANTS
        MCU_SEPARATE("r8", "r9")
        "ble 9f\n"
        "8:\n\t"
        "ldmia r0!, {r3, r4, r5, r12}\n\t"
        MCU_RESCALE("r9") "strb r9, [r3, r4]\n\t"
        MCU_RESCALE("r8") "strb r8, [r3], #1\n\t"
        MCU_PASS_ENDS "\n\t"
        "b 10f\n"
        "9:\n\t"
        MCU_LEFT_SHIFT MCU_SHIFT_LEFT("r8") MCU_SHIFT_LEFT("r9")
        "movs r7, #0\n\t"
        "b 8b\n"
        "10:\n\t"
        "ldr r7, [r0, #32]"
        : "+r"(start)
        :
        : MCU_PACKED_CLOBBERS);
}

#endif
