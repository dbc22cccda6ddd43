/* The passes of mcu_packed.h on Cortex-M0, which has no accumulation and eight registers for most instructions. */
#ifndef MCU_PASSES_V6M_H
#define MCU_PASSES_V6M_H

#include "mcu_packed.h"
#include "mcu_rescale_v6m.h"

/* Sums of v and second pixels, in r8 to r11, begin at 0 or with what is held, whose address is in r2. */
#define MCU_NO_SUMS_OF_2 "movs r2, #0\n\tmov r8, r2\n\tmov r9, r2\n\t"
#define MCU_NO_SUMS_OF_4 MCU_NO_SUMS_OF_2 "mov r10, r2\n\tmov r11, r2\n\t"
#define MCU_HELD_SUMS \
    "ldmia r2!, {r3, r4, r5, r6}\n\t" \
    "str r2, [r0, #84]\n\t" \
    "mov r8, r3\n\t" \
    "mov r9, r4\n\t" \
    "mov r10, r5\n\t" \
    "mov r11, r6\n\t"

/* One pass begins: r0 at acc, then at the words; r1, r7: ends of even and odd weights; r12: 2^15; lr: acc. The number
 * of pairs of channels modulo 4 says where the first turn begins. */
#define MCU_PASS_BEGINS \
    "ldr r1, [r0, #68]\n\t" \
    "ldr r2, [r0, #64]\n\t" \
    "adds r2, r2, r1\n\t" \
    "str r2, [r0, #68]\n\t" \
    "adds r7, r1, #1\n\t" \
    "ldr r6, [r0, #60]\n\t" \
    "mov lr, r0\n\t" \
    "ldr r0, [r0, #56]\n\t" \
    "lsls r2, r6, #30\n\t" \
    "bcc 6f\n\t" \
    "bmi 4f\n\t" \
    "b 2f\n" \
    "6:\n\t" \
    "bmi 3f\n"

/* Adds v of two pixels to sum, and -B to second. r4, r5: words, r2, r3: weights. */
#define MCU_TWO_PIXELS(sum, second) \
    "ldmia r0!, {r4, r5}\n\t" \
    "muls r4, r2\n\t" \
    "muls r5, r3\n\t" \
    "adds r4, r4, r5\n\t" \
    "add r4, r12\n\t" \
    "add " sum ", r4\n\t" \
    "asrs r4, r4, #16\n\t" \
    "add " second ", r4\n\t"

#define MCU_TURN(pixels) \
    "ldrsb r2, [r1, r6]\n\t" \
    "ldrsb r3, [r7, r6]\n\t" pixels \
    "adds r6, #2\n\t"

#define MCU_TURNS(pixels) \
    "1:\n\t" MCU_TURN(pixels) "3:\n\t" MCU_TURN(pixels) "2:\n\t" MCU_TURN(pixels) "4:\n\t" MCU_TURN(pixels) \
    "bne 1b\n\t" \
    "cmp r0, lr\n\t" \
    "beq 7f\n\t" \
    "ldrsb r2, [r1, r6]\n\t"

#define MCU_ODD_CHANNEL(word, sum, second) \
    "muls " word ", r2\n\t" \
    "add " word ", r12\n\t" \
    "add " sum ", " word "\n\t" \
    "asrs " word ", " word ", #16\n\t" \
    "add " second ", " word "\n\t"

/* r3: multiplier, r4: shift, r5: bias and excess, r6: bias of the channel. */
#define MCU_CHANNEL_CONSTANTS \
    "movs r1, r0\n\t" \
    "adds r1, #16\n\t" \
    "ldmia r1!, {r2, r3, r4, r5}\n\t" \
    "ldr r3, [r2, r3]\n\t" \
    "ldr r4, [r2, r4]\n\t" \
    "ldr r6, [r2]\n\t" \
    "adds r2, #4\n\t" \
    "str r2, [r0, #16]\n\t" \
    "adds r5, r5, r6\n\t"

/* Stores two accumulators. */
#define MCU_SEPARATE(sum, second) \
    "mov r1, " second "\n\t" \
    "subs r2, r6, r1\n\t" \
    "lsls r1, r1, #16\n\t" \
    "adds r1, r1, r5\n\t" \
    "mov r7, " sum "\n\t" \
    "subs r1, r1, r7\n\t" \
    "stmia r0!, {r1, r2}\n\t"

/* Without a right shift: shifts `count` accumulators to the left and saturates them, as the factor is 1/2 at least. */
#define MCU_LEFT_SHIFT(count) \
    "movs r5, #1\n\t" \
    "lsls r5, r5, #22\n\t" \
    "negs r6, r5\n\t" \
    "movs r7, #" count "\n" \
    "1:\n\t" \
    "ldr r1, [r0]\n\t" \
    "lsls r1, r4\n\t" \
    "cmp r1, r5\n\t" \
    "ble 2f\n\t" \
    "movs r1, r5\n" \
    "2:\n\t" \
    "cmp r1, r6\n\t" \
    "bge 3f\n\t" \
    "movs r1, r6\n" \
    "3:\n\t" \
    "stmia r0!, {r1}\n\t" \
    "subs r7, #1\n\t" \
    "bne 1b\n\t" \
    "subs r0, #4 * " count "\n\t" \
    "movs r6, #0\n"

/* r4, r5: low half of the multiplier, signed, and high half; r6: right shift; r7: y; r8: rounding, r9: output offset,
 * r10, lr: to second and fourth pixel, r11: least. */
#define MCU_RESCALING_CONSTANTS(count) \
    "negs r6, r4\n\t" \
    "bgt 8f\n\t" \
    MCU_LEFT_SHIFT(count) \
    "8:\n\t" \
    "sxth r4, r3\n\t" \
    "subs r5, r3, r4\n\t" \
    "lsrs r5, r5, #16\n\t" \
    "movs r1, r0\n\t" \
    "adds r1, #32\n\t" \
    "ldmia r1!, {r7}\n\t" \
    "ldmia r1!, {r2, r3}\n\t" \
    "mov r10, r2\n\t" \
    "mov lr, r3\n\t" \
    "ldmia r1!, {r2, r3}\n\t" \
    "mov r8, r2\n\t" \
    "mov r9, r3\n\t" \
    "ldr r2, [r1]\n\t" \
    "mov r11, r2\n\t"

#define MCU_RESCALE_AND_STORE(offset_of_acc) \
    "ldr r1, [r0, #" offset_of_acc "]\n\t" \
    "mov r2, r9\n\t" \
    "cmp r1, r11\n\t" \
    "blt 9f\n\t" \
    MCU_HIGH_PRODUCT_V6M("r1", "r2", "r3", "r4", "r5") \
    "add r2, r8\n\t" \
    "asrs r2, r2, #15\n\t" \
    "lsls r1, r1, #1\n\t" \
    "adds r1, r1, r2\n\t" \
    "add r1, r12\n\t" \
    "mov r3, r9\n\t" \
    MCU_SHIFT_AND_SATURATE_V6M("r1", "r2", "r6", "r3", "r2", "r3") \
    "9:\n\t" \
    "strb r2, [r7]\n\t"

#define MCU_PASS_ENDS \
    "ldr r7, [r0, #32]\n\t" \
    "adds r7, #1\n\t" \
    "str r7, [r0, #32]\n\t" \
    "ldr r2, [r0, #72]\n\t" \
    "cmp r7, r2\n\t" \
    "beq 5f\n\t" \
    "b 0b\n" \
    "5:\n\t"

#define MCU_ASSEMBLY_BEGINS \
    ".syntax unified\n\t" \
    "str r7, [r0, #80]\n\t" \
    "ldr r1, [r0, #76]\n\t" \
    "mov r12, r1\n\t"

#define MCU_PACKED_CLOBBERS \
    "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory"

/* 19 instructions for 8 products. */
#define MCU_PASS_OF_4 \
    MCU_PASS_BEGINS \
    MCU_TURNS(MCU_TWO_PIXELS("r8", "r9") MCU_TWO_PIXELS("r10", "r11")) \
    "ldmia r0!, {r4, r5}\n\t" \
    MCU_ODD_CHANNEL("r4", "r8", "r9") MCU_ODD_CHANNEL("r5", "r10", "r11") \
    "7:\n\t"

static __attribute__((noinline)) void mcu_hold_4_pixels(mcu_packed *packed)
{
    register void *start __asm__("r0") = packed->acc;

    __asm__ volatile(
        MCU_ASSEMBLY_BEGINS
        "0:\n\t"
        MCU_NO_SUMS_OF_4
        "ldr r2, [r0, #84]\n\t"
        "cmp r2, #0\n\t"
        "beq 10f\n\t"
        MCU_HELD_SUMS
        "10:\n\t"
        MCU_PASS_OF_4
        "ldr r1, [r0, #88]\n\t"
        "mov r2, r8\n\t"
        "mov r3, r9\n\t"
        "mov r4, r10\n\t"
        "mov r5, r11\n\t"
        "stmia r1!, {r2, r3, r4, r5}\n\t"
        "str r1, [r0, #88]\n\t"
        "ldr r2, [r0, #92]\n\t"
        "cmp r1, r2\n\t"
        "beq 5f\n\t"
        "b 0b\n"
        "5:\n\t"
        "ldr r7, [r0, #80]"
        : "+l"(start)
        :
        : MCU_PACKED_CLOBBERS);
}

static __attribute__((noinline)) void mcu_multiply_4_pixels(mcu_packed *packed)
{
    register void *start __asm__("r0") = packed->acc;

    __asm__ volatile(
        MCU_ASSEMBLY_BEGINS
        "ldr r2, [r0, #84]\n\t"
        "cmp r2, #0\n\t"
        "beq 0f\n\t"
        "b 5f\n"
        "0:\n\t"
        MCU_NO_SUMS_OF_4
        "10:\n\t"
        MCU_PASS_OF_4
        MCU_CHANNEL_CONSTANTS
        MCU_SEPARATE("r8", "r9") MCU_SEPARATE("r10", "r11")
        "subs r0, #16\n\t"
        MCU_RESCALING_CONSTANTS("4")
        MCU_RESCALE_AND_STORE("0")
        "add r7, r10\n\t"
        MCU_RESCALE_AND_STORE("4")
        "add r7, r10\n\t"
        MCU_RESCALE_AND_STORE("8")
        "ldr r7, [r0, #32]\n\t"
        "add r7, lr\n\t"
        MCU_RESCALE_AND_STORE("12")
        MCU_PASS_ENDS
        "ldr r2, [r0, #84]\n\t"
        "cmp r2, #0\n\t"
        "beq 11f\n\t"
        "ldr r3, [r0, #92]\n\t"
        "cmp r2, r3\n\t"
        "beq 11f\n\t"
        "ldr r3, [r0, #72]\n\t"
        "adds r3, #1\n\t"
        "str r3, [r0, #72]\n\t"
        MCU_HELD_SUMS
        "b 10b\n"
        "11:\n\t"
        "ldr r7, [r0, #80]"
        : "+l"(start)
        :
        : MCU_PACKED_CLOBBERS);
}

/* 11 instructions for 4 products. */
static __attribute__((noinline)) void mcu_multiply_2_pixels(mcu_packed *packed)
{
    register void *start __asm__("r0") = packed->acc;

    __asm__ volatile(
        MCU_ASSEMBLY_BEGINS
        "0:\n\t"
        MCU_NO_SUMS_OF_2
        MCU_PASS_BEGINS
        MCU_TURNS(MCU_TWO_PIXELS("r8", "r9"))
        "ldmia r0!, {r4}\n\t"
        MCU_ODD_CHANNEL("r4", "r8", "r9")
        "7:\n\t"
        MCU_CHANNEL_CONSTANTS
        MCU_SEPARATE("r8", "r9")
        "subs r0, #8\n\t"
        MCU_RESCALING_CONSTANTS("2")
        MCU_RESCALE_AND_STORE("0")
        "add r7, r10\n\t"
        MCU_RESCALE_AND_STORE("4")
        MCU_PASS_ENDS
        "ldr r7, [r0, #80]"
        : "+l"(start)
        :
        : MCU_PACKED_CLOBBERS);
}

#endif
