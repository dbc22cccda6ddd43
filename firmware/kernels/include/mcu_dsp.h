/* Instructions of Arm's DSP extension (Cortex-M4, M7, M33): pairs of 16-bit numbers in one register. */
#ifndef MCU_DSP_H
#define MCU_DSP_H

#if defined(__ARM_FEATURE_DSP)

#include <stdint.h>
#include <string.h>

#include "mcu_variants.h"

#define MCU_INLINE static inline __attribute__((always_inline))

/* Four bytes at any address. */
MCU_INLINE uint32_t mcu_load_4(const int8_t *x)
{
    uint32_t word;
    memcpy(&word, x, 4);
    return word;
}

/* Bytes 0 and 2 of x, sign extended, plus the pair. */
MCU_INLINE uint32_t mcu_add_even(uint32_t pair, uint32_t x)
{
    uint32_t sum;
    __asm__("sxtab16 %0, %1, %2" : "=r"(sum) : "r"(pair), "r"(x));
    return sum;
}

/* Bytes 1 and 3 of x, sign extended, plus the pair. */
MCU_INLINE uint32_t mcu_add_odd(uint32_t pair, uint32_t x)
{
    uint32_t sum;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(sum) : "r"(pair), "r"(x));
    return sum;
}

MCU_INLINE uint32_t mcu_even(uint32_t x)
{
    uint32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(x));
    return pair;
}

MCU_INLINE uint32_t mcu_odd(uint32_t x)
{
    uint32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(x));
    return pair;
}

/* The lower halves of a and b as a pair. */
MCU_INLINE uint32_t mcu_pack_low(uint32_t a, uint32_t b)
{
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

/* The upper halves of a and b as a pair. */
MCU_INLINE uint32_t mcu_pack_high(uint32_t a, uint32_t b)
{
    uint32_t pair;
    __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

/* Two words as STRD stores them. */
MCU_INLINE uint64_t mcu_join(uint32_t first, uint32_t second)
{
    return first | (uint64_t)second << 32;
}

/* round(a * b / 2^32) with halves up. */
MCU_INLINE int32_t mcu_multiply_high(int32_t a, int32_t b)
{
    int32_t product;
    __asm__("smmulr %0, %1, %2" : "=r"(product) : "r"(a), "r"(b));
    return product;
}

/* The same plus acc. */
MCU_INLINE int32_t mcu_multiply_add_high(int32_t a, int32_t b, int32_t acc)
{
    int32_t sum;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
    return sum;
}

/* The nearest number in [-128, 127]. */
MCU_INLINE int32_t mcu_saturate_8(int32_t x)
{
    int32_t y;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
    return y;
}

/* A number twice, as a pair. */
MCU_INLINE uint32_t mcu_pair(int32_t x)
{
    return ((uint32_t)x & 0xFFFFu) * 0x10001u;
}

#endif

#endif
