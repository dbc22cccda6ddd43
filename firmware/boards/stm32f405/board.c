/* STM32F405 (reference manual RM0090): USART1, transmit on PA9, from the 16 MHz internal oscillator that runs after reset. */
#include "board.h"

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_AHB1ENR REGISTER(0x40023830u)
#define RCC_AHB1ENR_GPIOA (1u << 0)
#define RCC_APB2ENR REGISTER(0x40023844u)
#define RCC_APB2ENR_USART1 (1u << 4)

#define GPIOA_MODER REGISTER(0x40020000u)
#define GPIOA_AFRH REGISTER(0x40020024u)
#define PIN9_MODE(mode) ((uint32_t)(mode) << 18)
#define PIN9_FUNCTION(function) ((uint32_t)(function) << 4)

#define USART1_SR REGISTER(0x40011000u)
#define USART1_SR_TRANSMIT_EMPTY (1u << 7)
#define USART1_DR REGISTER(0x40011004u)
#define USART1_BRR REGISTER(0x40011008u)
#define USART1_CR1 REGISTER(0x4001100Cu)
#define USART1_CR1_ENABLE_TRANSMIT ((1u << 13) | (1u << 3))

static const uint32_t CLOCK_HZ = 16000000u;
static const uint32_t BAUD = 115200u;
static const int MOST_POLLS = 100000;

void board_uart_begin(void)
{
    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOA;
    RCC_APB2ENR |= RCC_APB2ENR_USART1;
    GPIOA_MODER = (GPIOA_MODER & ~PIN9_MODE(3)) | PIN9_MODE(2);
    GPIOA_AFRH = (GPIOA_AFRH & ~PIN9_FUNCTION(15)) | PIN9_FUNCTION(7);
    USART1_BRR = (CLOCK_HZ + BAUD / 2u) / BAUD;
    USART1_CR1 = USART1_CR1_ENABLE_TRANSMIT;
}

void board_uart_write(char c)
{
    for (int polls = 0; polls < MOST_POLLS && (USART1_SR & USART1_SR_TRANSMIT_EMPTY) == 0u; ++polls) {
    }
    USART1_DR = (uint8_t)c;
}
