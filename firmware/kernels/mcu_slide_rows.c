#include "mcu_kernels.h"

#include <string.h>

#include "mcu_variants.h"

#if MCU_HELIUM

/* A copy to lower addresses: between multiples of 4 by 128 bytes, which are read before any of them is written, the
 * rest by 16 at most. */
void mcu_slide_rows(int8_t *window, int32_t skipped_bytes, int32_t kept_bytes)
{
    const int8_t *from = window + skipped_bytes;
    uint32_t blocks = 0;
    uint32_t rest = (uint32_t)kept_bytes;

    if (((uintptr_t)window | (uintptr_t)from) % 4 == 0) {
        blocks = rest / 128;
        rest %= 128;
    }
    __asm__ volatile("wls lr, %[blocks], 2f\n"
                     "1:\n vldmia %[from]!, {d0-d15}\n vstmia %[window]!, {d0-d15}\n le lr, 1b\n"
                     "2:\n wlstp.8 lr, %[rest], 4f\n"
                     "3:\n vldrb.8 q0, [%[from]], #16\n vstrb.8 q0, [%[window]], #16\n letp lr, 3b\n"
                     "4:\n"
                     : [from] "+&r"(from), [window] "+&r"(window)
                     : [blocks] "r"(blocks), [rest] "r"(rest)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory");
}

#else

#if defined(__GNUC__)
#define ALIGNED(pointer) ((const int8_t *)__builtin_assume_aligned(pointer, 4))
#define INLINE inline __attribute__((always_inline))
#else
#define ALIGNED(pointer) (pointer)
#define INLINE inline
#endif

/* Cortex-M0 loads and stores words at multiples of 4 only. */
#if defined(__arm__) && !defined(__ARM_FEATURE_UNALIGNED)
#define WORDS_ANYWHERE 0
#else
#define WORDS_ANYWHERE 1
#endif

/* Moves four words: all are read before any is written, as the places may overlap. */
static INLINE void move_16(int8_t *to, const int8_t *from, int aligned)
{
    uint32_t a, b, c, d;

    from = aligned ? ALIGNED(from) : from;
    to = aligned ? (int8_t *)ALIGNED(to) : to;
    memcpy(&a, from, 4);
    memcpy(&b, from + 4, 4);
    memcpy(&c, from + 8, 4);
    memcpy(&d, from + 12, 4);
    memcpy(to, &a, 4);
    memcpy(to + 4, &b, 4);
    memcpy(to + 8, &c, 4);
    memcpy(to + 12, &d, 4);
}

/* At rising addresses no byte is overwritten that is still to be read. Returns how many bytes were moved. */
static INLINE int32_t move_words(int8_t *to, const int8_t *from, int32_t bytes, int aligned)
{
    int32_t i = 0;

    for (; i + 32 <= bytes; i += 32) {
        move_16(to + i, from + i, aligned);
        move_16(to + i + 16, from + i + 16, aligned);
    }
    if (i + 16 <= bytes) {
        move_16(to + i, from + i, aligned);
        i += 16;
    }
    return i;
}

/* A copy to lower addresses: by words where both places allow it, the rest by bytes. */
void mcu_slide_rows(int8_t *window, int32_t skipped_bytes, int32_t kept_bytes)
{
    const int8_t *from = window + skipped_bytes;
    int32_t i = 0;

    if (((uintptr_t)window | (uintptr_t)from) % 4 == 0) {
        i = move_words(window, from, kept_bytes, 1);
    } else if (WORDS_ANYWHERE) {
        i = move_words(window, from, kept_bytes, 0);
    }
    for (; i < kept_bytes; ++i) {
        window[i] = from[i];
    }
}

#endif
