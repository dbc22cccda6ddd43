/* Reports an exception, where it happened and why, and stops. */
#include "fault.h"

#include "console.h"
#include "registers.h"

#include <stdint.h>

/* What the core pushes when it takes an exception. */
struct exception_frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* Defined by sections.ld. */
extern const uint32_t stack_bottom[];
extern const uint32_t stack_top[];

void fault_report(const struct exception_frame *frame, uint32_t exception) __attribute__((noreturn, used));

/* Starts again from a fresh stack: an overflown one may be why we are here. */
__attribute__((naked)) void fault_handler(void)
{
    __asm__ volatile("mrs r0, msp\n\t"
                     "mrs r1, ipsr\n\t"
                     "ldr r2, =stack_top\n\t"
                     "msr msp, r2\n\t"
                     "ldr r2, =fault_report\n\t"
                     "bx r2\n\t"
                     ".ltorg");
}

static int on_stack(const struct exception_frame *frame)
{
    uintptr_t begin = (uintptr_t)frame;
    return begin >= (uintptr_t)stack_bottom && begin + sizeof *frame <= (uintptr_t)stack_top;
}

void fault_report(const struct exception_frame *frame, uint32_t exception)
{
    uint32_t pc = on_stack(frame) ? frame->pc : 0u;
    console_write("fault: exception ");
    console_write_decimal((int32_t)exception);
    if (pc != 0u) {
        console_write(" at pc ");
        console_write_hex(pc);
    } else {
        console_write(", stack overflow");
    }
#if defined(SYSTEM_CFSR)
    console_write(", fault status ");
    console_write_hex(*SYSTEM_CFSR);
#endif
    console_write(", halted\n");
    console_stop(4);
}
