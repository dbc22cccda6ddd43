/* Pixels for mcu_pass_dsp.h: widens 2 to 6 of them into a stream, block of four channels by block. A pixel of a block
 * takes 6 instructions. */
#ifndef MCU_WIDEN_DSP_H
#define MCU_WIDEN_DSP_H

#include "mcu_pass_dsp.h"

#if defined(__ARM_FEATURE_DSP)

/* How pixels of at least 4 channels are widened. twice: two times the input offset, as a pair. The first block has
 * `first` channels, and what `even` and `odd` mask out is zero; `some` blocks and `turns` come behind. */
typedef struct {
    uint32_t twice, even, odd;
    int32_t first, some, turns;
} mcu_widening;

MCU_INLINE mcu_widening mcu_widening_of(int32_t input_offset, int32_t channels)
{
    const int32_t behind = (channels - 1) / 4;
    mcu_widening widening = {mcu_pair(2 * input_offset),    UINT32_MAX, UINT32_MAX, channels - 4 * behind,
                             behind % MCU_PASS_UNROLLED, behind / MCU_PASS_UNROLLED};

    if (widening.first < 4) {
        widening.even = widening.first < 3 ? 0xFFFFu : UINT32_MAX;
        widening.odd = widening.first < 2 ? 0 : 0xFFFFu;
    }
    return widening;
}

#define MCU_WIDEN_PIXEL(from, to) \
    "ldr %[w], [%[x]" from "\n\t" \
    "sxtab16 %[e], %[twice], %[w]\n\t" \
    "sxtab16 %[o], %[twice], %[w], ror #8\n\t" \
    "sxtab16 %[e], %[e], %[w]\n\t" \
    "sxtab16 %[o], %[o], %[w], ror #8\n\t" \
    "strd %[e], %[o], [%[to]" to "\n\t"
#define MCU_WIDEN_1 MCU_WIDEN_PIXEL(", %[step]]", ", #8]")
#define MCU_WIDEN_2 MCU_WIDEN_PIXEL(", %[step], lsl #1]", ", #16]")
#define MCU_WIDEN_3 MCU_WIDEN_PIXEL(", %[step_3]]", ", #24]")
#define MCU_WIDEN_4 MCU_WIDEN_PIXEL(", %[step], lsl #2]", ", #32]")
#define MCU_WIDEN_5 MCU_WIDEN_PIXEL(", %[step_5]]", ", #40]")

/* `count` > 0 blocks of n pixels from *x to *to, which move behind them. */
#define MCU_WIDEN_BLOCKS(n, others, size) \
    MCU_INLINE void mcu_widen_blocks_##n(const int8_t **x, int32_t step, uint32_t twice, int32_t count, uint32_t **to) \
    { \
        uint32_t w, e, o; \
        __asm__ volatile("1:\n\t" others MCU_WIDEN_PIXEL("], #4", "], #" size) "subs %[count], #1\n\t" \
                         "bne 1b" \
                         : [x] "+&r"(*x), [to] "+&r"(*to), [count] "+&r"(count), [w] "=&r"(w), [e] "=&r"(e), \
                           [o] "=&r"(o) \
                         : [twice] "r"(twice), [step] "r"(step), [step_3] "r"(3 * step), [step_5] "r"(5 * step) \
                         : "cc", "memory"); \
    } \
    MCU_OUT_OF_LINE void mcu_widen_##n(const int8_t *x, int32_t step, const mcu_widening *widening, uint32_t *to) \
    { \
        uint32_t *first = to; \
        for (int32_t part = 0; part < widening->turns + 2; ++part) { \
            const int32_t count = part == 0 ? 1 : part == 1 ? widening->some : MCU_PASS_UNROLLED; \
            if (count > 0) { \
                mcu_widen_blocks_##n(&x, step, widening->twice, count, &to); \
            } \
            ++to; \
            if (part == 0 && widening->first < 4) { \
                x -= 4 - widening->first; \
                for (int32_t i = 0; i < n; ++i) { \
                    first[2 * i] &= widening->even; \
                    first[2 * i + 1] &= widening->odd; \
                } \
            } \
        } \
    }

MCU_WIDEN_BLOCKS(2, MCU_WIDEN_1, "16")
MCU_WIDEN_BLOCKS(4, MCU_WIDEN_1 MCU_WIDEN_2 MCU_WIDEN_3, "32")
#if MCU_PASS_PIXELS == 6
MCU_WIDEN_BLOCKS(3, MCU_WIDEN_1 MCU_WIDEN_2, "24")
MCU_WIDEN_BLOCKS(5, MCU_WIDEN_1 MCU_WIDEN_2 MCU_WIDEN_3 MCU_WIDEN_4, "40")
MCU_WIDEN_BLOCKS(6, MCU_WIDEN_1 MCU_WIDEN_2 MCU_WIDEN_3 MCU_WIDEN_4 MCU_WIDEN_5, "48")
#endif

#endif

#endif
