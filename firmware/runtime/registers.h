/* The few system registers of the cores that the runtime touches (Arm v6-M, v7-M and v8-M architecture manuals). */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#if !defined(__ARM_ARCH_6M__)
#define SYSTEM_VTOR ((volatile uint32_t *)0xE000ED08u)
#define SYSTEM_CFSR ((volatile uint32_t *)0xE000ED28u)
#endif

/* Optional on Cortex-M0, where a chip without it reads as zero. It counts down. */
#define SYSTICK_CONTROL ((volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD ((volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE ((volatile uint32_t *)0xE000E018u)
#define SYSTICK_CONTROL_ENABLE (1u << 0)
#define SYSTICK_CONTROL_CORE_CLOCK (1u << 2)
#define SYSTICK_CONTROL_WRAPPED (1u << 16)
#define SYSTICK_BITS 0xFFFFFFu

#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
#define SYSTEM_CPACR ((volatile uint32_t *)0xE000ED88u)
#define SYSTEM_CPACR_FULL_CP10_CP11 (0xFu << 20)
#endif

#endif
