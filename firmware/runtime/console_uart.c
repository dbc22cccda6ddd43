/* The console of the flashed image: the board's UART. Never semihosting, whose breakpoint hangs a board without debugger. */
#include "board.h"
#include "console.h"

void console_write(const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '\n') {
            board_uart_write('\r');
        }
        board_uart_write(*text);
    }
}

void console_stop(int status)
{
    (void)status;
    for (;;) {
        __asm__ volatile("wfi");
    }
}
