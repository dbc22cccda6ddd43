/* The console of the verify image: the emulator's own output and exit status. */
#include "console.h"
#include "harness_semihosting.h"

void console_write(const char *text)
{
    semihosting_print(text);
}

void console_stop(int status)
{
    semihosting_exit(status);
}
