/* How deep a call goes: fill the free stack with a pattern, call, look how far the pattern is gone. */
#ifndef HARNESS_STACK_H
#define HARNESS_STACK_H

#include <stdint.h>

#define STACK_PATTERN 0xC5C5C5C5u

/* Defined by sections.ld. */
extern uint32_t stack_bottom[];

/* Inlined, so that `from` is the stack pointer of the function that makes the measured call. */
static inline __attribute__((always_inline)) uint32_t *stack_pointer(void)
{
    uint32_t *pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

static inline __attribute__((always_inline)) void stack_paint(uint32_t *from)
{
    for (volatile uint32_t *word = from; word != stack_bottom;) {
        *--word = STACK_PATTERN;
    }
}

/* The lowest word below `from` that was written since stack_paint; `from` if none was. */
static inline __attribute__((always_inline)) const uint32_t *stack_lowest(const uint32_t *from)
{
    const volatile uint32_t *word = stack_bottom;
    while (word != from && *word == STACK_PATTERN) {
        ++word;
    }
    return (const uint32_t *)word;
}

#endif
