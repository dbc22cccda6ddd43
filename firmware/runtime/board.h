/* What a board must provide: one UART, 115200 baud 8N1. Every wait in it is bounded. */
#ifndef BOARD_H
#define BOARD_H

void board_uart_begin(void);
void board_uart_write(char c);

#endif
