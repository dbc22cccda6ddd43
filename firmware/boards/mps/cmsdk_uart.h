/* The UART of Arm's MPS2 and MPS3 boards (Cortex-M System Design Kit, "APB UART"). */
#ifndef CMSDK_UART_H
#define CMSDK_UART_H

#include <stdint.h>

void cmsdk_uart_begin(uintptr_t base, uint32_t clock_hz);
void cmsdk_uart_write(uintptr_t base, char c);

#endif
