/* mcu_rescale_s8 with a channel's constants prepared once for many accumulators, on Cortex-M0 and M3. */
#ifndef MCU_SCALE_H
#define MCU_SCALE_H

#if defined(__ARM_ARCH_6M__)
#include "mcu_fixed_point_v6m.h"
#else
#include "mcu_fixed_point_v7m.h"
#endif

#endif
