/* SysTick as a stopwatch. Under QEMU's -icount time passes with instructions only, so that its ticks count them.
 * Every lap is a record of laps.bin: what ended it, and its ticks modulo 2^24, with LAP_WRAPPED if there were more. */
#ifndef HARNESS_LAPS_H
#define HARNESS_LAPS_H

#include "registers.h"

#include <stdint.h>

/* What ends a lap, beside the number of the layer that has just made rows. */
enum lap { LAP_LOOP = -1, LAP_ROW_WANTED = -2, LAP_INVOKE = -3 };

#define LAP_LOOP_INSTRUCTIONS 65536u
#define LAP_WRAPPED (UINT32_C(1) << 31)

/* Starts SysTick, and writes one lap of a loop of LAP_LOOP_INSTRUCTIONS: how many ticks an instruction takes.
 * file: a semihosting handle. */
void laps_to(int file);

/* Writes a lap. ticks: of lap_ticks. */
void lap_write(int what, uint32_t ticks);

/* Takes the time, then writes the lap. */
void lap_end(int what);

static inline __attribute__((always_inline)) void lap_begin(void)
{
    *SYSTICK_VALUE = 0; /* any write clears the counter, and the flag that it has wrapped */
    __asm__ volatile("" ::: "memory");
}

/* Touches no stack: what measures it may come first, and lap_write afterwards. */
static inline __attribute__((always_inline)) uint32_t lap_ticks(void)
{
    __asm__ volatile("" ::: "memory");
    uint32_t value = *SYSTICK_VALUE;
    uint32_t wrapped = *SYSTICK_CONTROL & SYSTICK_CONTROL_WRAPPED;
    return ((0u - value) & SYSTICK_BITS) | (wrapped != 0u ? LAP_WRAPPED : 0u);
}

#endif
