/* Three filters at a time, so that a word of x is widened once for all of them. */
#include "mcu_vector_dsp.h"

#include "mcu_variants.h"

#if MCU_DSP

/* Four products of a filter: its word w becomes two pairs, t and w. */
#define MCU_FILTER(from, acc) \
    "ldr %[w], " from "\n\t" \
    "sxtb16 %[t], %[w], ror #8\n\t" \
    "sxtb16 %[w], %[w]\n\t" \
    "smlad %[" acc "], %[t], %[odd], %[" acc "]\n\t" \
    "smlad %[" acc "], %[w], %[even], %[" acc "]\n\t"
#define MCU_WORD \
    "ldr %[even], [%[x]], #4\n\t" \
    "sxtab16 %[odd], %[offset], %[even], ror #8\n\t" \
    "sxtab16 %[even], %[offset], %[even]\n\t" MCU_FILTER("[%[weights], %[step_1]]", "b") \
        MCU_FILTER("[%[weights], %[step_2]]", "c") MCU_FILTER("[%[weights]], #4", "a")

/* `words` > 0 of x; filters b and c lie step_1 and step_2 behind a. Takes 18 instructions for 12 products, which all 13
 * registers but a frame pointer are for. */
MCU_INLINE void mcu_three_filters(const int8_t *x, int32_t words, uint32_t offset, const int8_t *weights,
                                  int32_t step_1, int32_t step_2, int32_t acc[3])
{
    int32_t a = acc[0], b = acc[1], c = acc[2];
    uint32_t even, odd, w, t;

    __asm__ volatile(
#if !defined(__OPTIMIZE_SIZE__)
        "lsls %[t], %[words], #31\n\t"
        "add %[words], %[x], %[words], lsl #2\n\t"
        "bmi 2f\n"
        "1:\n\t" MCU_WORD "2:\n\t" MCU_WORD
#else
        "add %[words], %[x], %[words], lsl #2\n"
        "1:\n\t" MCU_WORD
#endif
        "cmp %[x], %[words]\n\t"
        "bne 1b"
        : [a] "+&r"(a), [b] "+&r"(b), [c] "+&r"(c), [x] "+&r"(x), [weights] "+&r"(weights), [words] "+&r"(words),
          [even] "=&r"(even), [odd] "=&r"(odd), [w] "=&r"(w), [t] "=&r"(t)
        : [offset] "r"(offset), [step_1] "r"(step_1), [step_2] "r"(step_2)
        : "cc", "memory");
    acc[0] = a;
    acc[1] = b;
    acc[2] = c;
}

#undef MCU_FILTER
#undef MCU_WORD

void mcu_vector_times_filters(const int8_t *x, int32_t depth, int32_t input_offset, const int8_t *weights,
                              const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                              int32_t factor_step, int32_t output_ch, const mcu_output_dsp *output, int8_t *y)
{
    const uint32_t offset = mcu_pair(input_offset);
    const int32_t words = depth >> 2;

    for (; output_ch > 0; output_ch -= 3, weights += 3 * depth, bias += 3) {
        const int32_t count = mcu_min(output_ch, 3);
        const int32_t step_1 = count > 1 ? depth : 0; /* filters that there are not */
        const int32_t step_2 = count > 2 ? 2 * depth : 0;
        int32_t acc[3] = {0, 0, 0};

        if (words > 0) {
            mcu_three_filters(x, words, offset, weights, step_1, step_2, acc);
        }
        for (int32_t k = 4 * words; k < depth; ++k) {
            const int32_t value = x[k] + input_offset;
            acc[0] += value * weights[k];
            acc[1] += value * weights[k + step_1];
            acc[2] += value * weights[k + step_2];
        }
        for (int32_t i = 0; i < count; ++i, multiplier += factor_step, shift += factor_step) {
            *y++ = (int8_t)mcu_rescale_dsp(acc[i] + bias[i], *multiplier, *shift, output);
        }
    }
}

#endif
