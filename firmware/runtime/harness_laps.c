#include "harness_laps.h"

#include "console.h"
#include "harness_semihosting.h"

static int laps_file;

void laps_to(int file)
{
    uint32_t passes = LAP_LOOP_INSTRUCTIONS / 2;
    laps_file = file;
    *SYSTICK_RELOAD = SYSTICK_BITS;
    *SYSTICK_CONTROL = SYSTICK_CONTROL_CORE_CLOCK | SYSTICK_CONTROL_ENABLE;
    lap_begin();
    __asm__ volatile(".syntax unified\n"
                     "1:\n\t"
                     "subs %0, %0, #1\n\t"
                     "bne 1b"
                     : "+l"(passes)
                     :
                     : "cc");
    lap_end(LAP_LOOP);
}

void lap_write(int what, uint32_t ticks)
{
    const uint32_t record[2] = {(uint32_t)what, ticks};
    if (semihosting_write(laps_file, record, sizeof record) != 0) {
        console_write("laps.bin cannot be written\n");
        console_stop(1);
    }
}

void lap_end(int what)
{
    lap_write(what, lap_ticks());
}
