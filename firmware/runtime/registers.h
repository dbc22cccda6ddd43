/* The few system registers of the cores that the runtime touches (Arm v6-M, v7-M and v8-M architecture manuals). */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#if !defined(__ARM_ARCH_6M__)
#define SYSTEM_VTOR ((volatile uint32_t *)0xE000ED08u)
#define SYSTEM_CFSR ((volatile uint32_t *)0xE000ED28u)
#endif

#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
#define SYSTEM_CPACR ((volatile uint32_t *)0xE000ED88u)
#define SYSTEM_CPACR_FULL_CP10_CP11 (0xFu << 20)
#endif

#endif
