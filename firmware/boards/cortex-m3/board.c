/* MPS2 with the AN385 image: UART0, bus clock 25 MHz. */
#include "board.h"
#include "cmsdk_uart.h"

static const uintptr_t UART0 = 0x40004000u;

void board_uart_begin(void)
{
    cmsdk_uart_begin(UART0, 25000000u);
}

void board_uart_write(char c)
{
    cmsdk_uart_write(UART0, c);
}
