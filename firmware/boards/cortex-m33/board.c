/* MPS2 with the AN505 image: UART0 at its secure address, bus clock 20 MHz. */
#include "board.h"
#include "cmsdk_uart.h"

static const uintptr_t UART0 = 0x50200000u;

void board_uart_begin(void)
{
    cmsdk_uart_begin(UART0, 20000000u);
}

void board_uart_write(char c)
{
    cmsdk_uart_write(UART0, c);
}
