/* The passes of mcu_packed.h, which explains them: one copy for all kinds of convolutions. */
#include "mcu_packed.h"

#include "mcu_offset_sums.h"
#include "mcu_variants.h"

#if MCU_PACKED

#if defined(__ARM_ARCH_6M__)
#include "mcu_passes_v6m.h"
#else
#include "mcu_passes_v7m.h"
#endif

void mcu_multiply_part(mcu_packed *packed, const int8_t *const x[4], int32_t length, const int8_t *weights,
                       int is_last)
{
    uint32_t *words = packed->words + MCU_PACKED_WORDS - 2 * length;

    mcu_pack_4_pixels(x, length, words);
    packed->x = words;
    packed->excess += ((length + 1) >> 1) * packed->half;
    mcu_begin_part(packed, weights, length);
    if (is_last) {
        if (packed->from != 0) {
            packed->y_end = packed->y; /* the assembly moves it from channel to channel */
        }
        mcu_multiply_4_pixels(packed);
    } else {
        packed->to = packed->held;
        packed->to_end = packed->held + 4 * (packed->y_end - packed->y);
        mcu_hold_4_pixels(packed);
        packed->from = packed->held;
    }
}

/* Two pixels, where all their elements fit the words. */
static void mcu_multiply_pair(mcu_packed *packed, const int8_t *x_a, const int8_t *x_b, const int8_t *weights)
{
    const int32_t length = packed->filter_size;
    uint32_t *words = packed->words + MCU_PACKED_WORDS - length;

    for (int32_t i = 0; i < length; ++i) {
        words[i] = mcu_pack(x_a[i], x_b[i]);
    }
    packed->x = words;
    packed->to_second_pixel = packed->to_fourth_pixel;
    packed->excess = ((length + 1) >> 1) * packed->half;
    mcu_begin_part(packed, weights, length);
    mcu_multiply_2_pixels(packed);
}

void mcu_multiply_pixels(mcu_packed *packed, const int8_t *x, int32_t step, int32_t count, const int8_t *weights)
{
    const int32_t size = packed->filter_size;
    const int8_t *x_at[4];
    int32_t length = mcu_part_of(size);

    if (count <= 2 && size <= MCU_PACKED_WORDS) {
        mcu_multiply_pair(packed, x, x + (count - 1) * step, weights);
        return;
    }
    for (int32_t i = 0; i < 4; ++i) {
        x_at[i] = x + mcu_pixel_of(i, count) * step;
    }
    mcu_multiply_part(packed, x_at, length, weights, length == size);
    for (int32_t left = size - length; left > 0; left -= length) {
        for (int32_t i = 0; i < 4; ++i) {
            x_at[i] += length;
        }
        weights += length;
        length = mcu_part_of(left);
        mcu_multiply_part(packed, x_at, length, weights, length == left);
    }
}

/* So few weights are summed one by one; so many words at a time leave sums of 16 bits. */
#define MCU_FEW_WEIGHTS 32
#define MCU_SUMMED_WORDS 128

typedef uint32_t __attribute__((may_alias)) mcu_four_weights;

/* Two bytes of a word at a time, 128 added to each. */
static int32_t mcu_sum_words(const mcu_four_weights *words, int32_t count)
{
    const uint32_t every_other = 0x00ff00ffu;
    uint32_t sums = 0;

    for (const mcu_four_weights *end = words + count; words != end; ++words) {
        const uint32_t word = *words ^ 0x80808080u;
        sums += word & every_other;
        sums += (word >> 8) & every_other;
    }
    return (int32_t)((sums & 0xffffu) + (sums >> 16)) - 4 * 128 * count;
}

static int32_t mcu_sum_weights(const int8_t *weights, int32_t size)
{
    int32_t sum = 0;

    for (; ((uintptr_t)weights & 3u) != 0; --size) {
        sum += *weights++;
    }
    while (size >= 4) {
        const int32_t count = mcu_min(size >> 2, MCU_SUMMED_WORDS);

        sum += mcu_sum_words((const mcu_four_weights *)(uintptr_t)weights, count);
        weights += 4 * count;
        size -= 4 * count;
    }
    for (; size > 0; --size) {
        sum += *weights++;
    }
    return sum;
}

static int32_t mcu_long_offset_bias(int32_t bias, const int8_t *weights, int32_t size, int32_t input_offset)
{
    if (size <= MCU_FEW_WEIGHTS) {
        return mcu_offset_bias(bias, weights, size, input_offset);
    }
    return (int32_t)((uint32_t)bias + (uint32_t)mcu_sum_weights(weights, size) * (uint32_t)input_offset);
}

void mcu_begin_channels(mcu_packed *packed, const cmsis_nn_per_channel_quant_params *quant_params, int32_t ch,
                        int32_t channels, const int8_t *weights, int32_t input_offset, const int32_t *bias,
                        int32_t *sums)
{
    packed->first_bias = bias + ch;
    if (input_offset != 0) {
        for (int32_t i = 0; i < channels; ++i, weights += packed->filter_size) {
            sums[i] = mcu_long_offset_bias(bias[ch + i], weights, packed->filter_size, input_offset);
        }
        packed->first_bias = sums;
    }
    packed->to_multiplier = (int32_t)((uintptr_t)(quant_params->multiplier + ch) - (uintptr_t)packed->first_bias);
    packed->to_shift = (int32_t)((uintptr_t)(quant_params->shift + ch) - (uintptr_t)packed->first_bias);
}

#endif
