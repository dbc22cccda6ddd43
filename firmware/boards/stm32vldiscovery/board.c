/* STM32F100 (reference manual RM0041): USART1, transmit on PA9, from the 8 MHz internal oscillator that runs after reset. */
#include "board.h"

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_APB2ENR REGISTER(0x40021018u)
#define RCC_APB2ENR_GPIOA (1u << 2)
#define RCC_APB2ENR_USART1 (1u << 14)

#define GPIOA_CRH REGISTER(0x40010804u)
#define PIN9(configuration) ((uint32_t)(configuration) << 4)
#define ALTERNATE_PUSH_PULL_10_MHZ 0x9

#define USART1_SR REGISTER(0x40013800u)
#define USART1_SR_TRANSMIT_EMPTY (1u << 7)
#define USART1_DR REGISTER(0x40013804u)
#define USART1_BRR REGISTER(0x40013808u)
#define USART1_CR1 REGISTER(0x4001380Cu)
#define USART1_CR1_ENABLE_TRANSMIT ((1u << 13) | (1u << 3))

static const uint32_t CLOCK_HZ = 8000000u;
static const uint32_t BAUD = 115200u;
static const int MOST_POLLS = 100000;

void board_uart_begin(void)
{
    RCC_APB2ENR |= RCC_APB2ENR_GPIOA | RCC_APB2ENR_USART1;
    GPIOA_CRH = (GPIOA_CRH & ~PIN9(15)) | PIN9(ALTERNATE_PUSH_PULL_10_MHZ);
    USART1_BRR = (CLOCK_HZ + BAUD / 2u) / BAUD;
    USART1_CR1 = USART1_CR1_ENABLE_TRANSMIT;
}

void board_uart_write(char c)
{
    for (int polls = 0; polls < MOST_POLLS && (USART1_SR & USART1_SR_TRANSMIT_EMPTY) == 0u; ++polls) {
    }
    USART1_DR = (uint8_t)c;
}
