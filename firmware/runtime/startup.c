/* From power-on to main(): the vector table and the reset handler of every core. */
#include "console.h"
#include "fault.h"
#include "registers.h"

#include <stdint.h>

typedef void handler(void);

struct vector_table {
    const uint32_t *initial_stack;
    handler *reset;
    handler *non_maskable_interrupt;
    handler *hard_fault;
    handler *memory_fault;
    handler *bus_fault;
    handler *usage_fault;
    handler *secure_fault;
    handler *reserved_8[3];
    handler *supervisor_call;
    handler *debug_monitor;
    handler *reserved_13;
    handler *pendable_service;
    handler *system_tick;
};

/* Defined by sections.ld. */
extern const uint32_t stack_top[];
extern uint32_t data_begin[];
extern uint32_t data_end[];
extern const uint32_t data_load[];
extern uint32_t bss_begin[];
extern uint32_t bss_end[];

extern const struct vector_table vectors;
int main(void);
void reset_handler(void);

__attribute__((section(".vectors"), used)) const struct vector_table vectors = {
    .initial_stack = stack_top,
    .reset = reset_handler,
    .non_maskable_interrupt = fault_handler,
    .hard_fault = fault_handler,
    .memory_fault = fault_handler,
    .bus_fault = fault_handler,
    .usage_fault = fault_handler,
    .secure_fault = fault_handler,
    .supervisor_call = fault_handler,
    .debug_monitor = fault_handler,
    .pendable_service = fault_handler,
    .system_tick = fault_handler,
};

/* Must stay out of reset_handler's frame: it runs before the first floating-point or vector register may be touched. */
static __attribute__((noinline)) void enable_core(void)
{
#if defined(SYSTEM_VTOR)
    *SYSTEM_VTOR = (uint32_t)(uintptr_t)&vectors;
#endif
#if defined(SYSTEM_CPACR)
    *SYSTEM_CPACR |= SYSTEM_CPACR_FULL_CP10_CP11;
#endif
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

static __attribute__((noinline)) void initialize_memory(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_begin; to != data_end; ++to) {
        *to = *from++;
    }
    for (uint32_t *to = bss_begin; to != bss_end; ++to) {
        *to = 0;
    }
}

void reset_handler(void)
{
    enable_core();
    initialize_memory();
    console_stop(main());
}
