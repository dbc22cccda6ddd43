/* Which variant of a kernel is compiled: at most one of these is 1, by what -mcpu says; none of them: portable C.
 *
 * MCU_PORTABLE asks for portable C. The variants are written for optimizing compilers: without optimization GCC runs
 * out of registers for their assembly. With it one register may be the compiler's own: a frame pointer, r9
 * (-ffixed-r9), or that of -msingle-pic-base. With two of them, or with -Os -fstack-protector-all, Helium's 1x1
 * convolution does not compile, and with two and -O2 neither does its depthwise one of any kernel. Clang does not know
 * predicates as operands ("+Up"), so it takes DSP in Helium's place. Those for DSP load words from any address; on
 * Cortex-M3 what copies does so if the compiler may. */
#ifndef MCU_VARIANTS_H
#define MCU_VARIANTS_H

#if defined(MCU_PORTABLE) || !defined(__OPTIMIZE__)
#define MCU_HELIUM 0
#define MCU_DSP 0
#define MCU_THUMB 0
#elif defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) && !defined(__clang__)
#define MCU_HELIUM 1
#define MCU_DSP 0
#define MCU_THUMB 0
#elif defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__thumb2__)
#define MCU_HELIUM 0
#define MCU_DSP 1
#define MCU_THUMB 0
#elif defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_7M__)
#define MCU_HELIUM 0
#define MCU_DSP 0
#define MCU_THUMB 1
#else
#define MCU_HELIUM 0
#define MCU_DSP 0
#define MCU_THUMB 0
#endif

/* Whether Thumb packs two pixels in a word. With -Os Cortex-M0, whose chips have the least flash, does without. */
#if MCU_THUMB && !(defined(__ARM_ARCH_6M__) && defined(__OPTIMIZE_SIZE__))
#define MCU_PACKED 1
#else
#define MCU_PACKED 0
#endif

/* Whether a factor is prepared once for all elements: Cortex-M0 has no long product, and flash for it without -Os. */
#if MCU_PACKED && defined(__ARM_ARCH_6M__)
#define MCU_SCALES 1
#else
#define MCU_SCALES 0
#endif

#if defined(__clang__)
#define MCU_ONE_COPY __attribute__((noinline))
#else
#define MCU_ONE_COPY __attribute__((noinline, noclone))
#endif

/* What is rare. With DSP it is one copy, which GCC does not adapt to every caller and whose frame is no part of
 * theirs. */
#if MCU_DSP
#define MCU_OUT_OF_LINE static MCU_ONE_COPY __attribute__((unused))
#else
#define MCU_OUT_OF_LINE static
#endif

/* What is rare with Helium too. */
#if MCU_HELIUM
#define MCU_RARE static MCU_ONE_COPY
#else
#define MCU_RARE MCU_OUT_OF_LINE
#endif

#endif
