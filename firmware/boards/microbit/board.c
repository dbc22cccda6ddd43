/* BBC micro:bit, nRF51822 (nRF51 Series Reference Manual): UART0, transmit on P0.24, which the USB interface chip reads. */
#include "board.h"

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define GPIO_OUTSET REGISTER(0x50000508u)
#define GPIO_DIRSET REGISTER(0x50000518u)
#define TRANSMIT_PIN 24u

#define UART_TASK_START_TRANSMIT REGISTER(0x40002008u)
#define UART_EVENT_TRANSMITTED REGISTER(0x4000211Cu)
#define UART_ENABLE REGISTER(0x40002500u)
#define UART_ENABLE_ON 4u
#define UART_PIN_TRANSMIT REGISTER(0x4000250Cu)
#define UART_DATA REGISTER(0x4000251Cu)
#define UART_BAUD_RATE REGISTER(0x40002524u)
#define UART_BAUD_RATE_115200 0x01D7E000u

static const int MOST_POLLS = 100000;

void board_uart_begin(void)
{
    GPIO_OUTSET = 1u << TRANSMIT_PIN;
    GPIO_DIRSET = 1u << TRANSMIT_PIN;
    UART_PIN_TRANSMIT = TRANSMIT_PIN;
    UART_BAUD_RATE = UART_BAUD_RATE_115200;
    UART_ENABLE = UART_ENABLE_ON;
    UART_TASK_START_TRANSMIT = 1u;
}

void board_uart_write(char c)
{
    UART_EVENT_TRANSMITTED = 0u;
    UART_DATA = (uint8_t)c;
    for (int polls = 0; polls < MOST_POLLS && UART_EVENT_TRANSMITTED == 0u; ++polls) {
    }
}
