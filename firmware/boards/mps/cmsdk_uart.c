#include "cmsdk_uart.h"

#define BAUD 115200u
#define CONTROL_TRANSMIT 1u
#define STATE_TRANSMIT_FULL 1u

static const int MOST_POLLS = 100000;

struct cmsdk_uart {
    uint32_t data;
    uint32_t state;
    uint32_t control;
    uint32_t interrupt;
    uint32_t divider;
};

static volatile struct cmsdk_uart *at(uintptr_t base)
{
    return (volatile struct cmsdk_uart *)base;
}

void cmsdk_uart_begin(uintptr_t base, uint32_t clock_hz)
{
    at(base)->divider = clock_hz / BAUD;
    at(base)->control = CONTROL_TRANSMIT;
}

void cmsdk_uart_write(uintptr_t base, char c)
{
    for (int polls = 0; polls < MOST_POLLS && (at(base)->state & STATE_TRANSMIT_FULL) != 0u; ++polls) {
    }
    at(base)->data = (uint8_t)c;
}
