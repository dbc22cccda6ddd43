#include "factors.h"

#include "guarded.h"
#include "random.h"

#define LARGEST_PRODUCT (255 * 128)

static int32_t bits(uint32_t value)
{
    int32_t count = 0;
    for (; value != 0u; value >>= 1) {
        ++count;
    }
    return count;
}

int32_t random_multiplier(void)
{
    switch (random_in(0, 7)) {
    case 0:
        return INT32_C(1) << 30;
    case 1:
        return INT32_MAX;
    default:
        return (INT32_C(1) << 30) + (int32_t)(random_word() & 0x1FFFFFFFu) + (one_in(2) ? INT32_C(1) << 29 : 0);
    }
}

int32_t random_shift(uint32_t largest)
{
    const int32_t highest = 31 - bits(largest);
    int32_t shift = 8 - bits(largest) + random_in(-1, 3);

    if (one_in(4)) {
        shift = random_in(-31, highest);
    } else if (one_in(6)) {
        shift = random_in(-3, 1);
    }
    return shift < -31 ? -31 : shift > highest ? highest : shift;
}

/* What the bias may add: little, so much that some kernels change their ways, or all that 32 bits leave. */
static int32_t largest_bias(int32_t room)
{
    static const int32_t largest[] = {2000, 2000, 2000, 1 << 28, (1 << 28) + 1, 1 << 30, INT32_MAX};
    const int32_t chosen = largest[random_in(0, 6)];

    return chosen < room ? chosen : room;
}

int32_t *random_bias(int32_t channels, int32_t products, uint32_t *largest)
{
    const int32_t most = products * LARGEST_PRODUCT;
    const int32_t limit = largest_bias(INT32_MAX - most);
    int32_t *bias = guarded_words("bias", channels);

    for (int32_t ch = 0; ch < channels; ++ch) {
        const int32_t size = one_in(4) ? limit : random_in(0, limit < 2000 ? limit : 2000);
        bias[ch] = one_in(2) ? size : -size;
    }
    *largest = (uint32_t)most + (uint32_t)limit;
    return bias;
}

/* All shifts but one to the right: kernels that have a shorter way for those leave it for that channel or its block. */
static void shift_one_left(const factors *chosen, int32_t channels, int32_t products)
{
    const int32_t left = random_in(0, channels - 1);
    const int32_t bias = chosen->bias[left] < 0 ? -chosen->bias[left] : chosen->bias[left];
    const int32_t highest = 31 - bits((uint32_t)(products * LARGEST_PRODUCT) + (uint32_t)bias);

    for (int32_t ch = 0; ch < channels; ++ch) {
        if (chosen->shift[ch] > 0) {
            chosen->shift[ch] = random_in(-3, 0);
        }
    }
    if (highest > 0) {
        chosen->shift[left] = random_in(1, highest);
    }
}

factors random_factors(int32_t channels, int32_t products)
{
    uint32_t largest;
    factors chosen = {random_bias(channels, products, &largest), guarded_words("multiplier", channels),
                      guarded_words("shift", channels)};
    const int32_t shift_of_all = random_shift(largest);
    const int is_alike = one_in(2);

    for (int32_t ch = 0; ch < channels; ++ch) {
        const int32_t size = chosen.bias[ch] < 0 ? -chosen.bias[ch] : chosen.bias[ch];
        const uint32_t largest_of_channel = (uint32_t)(products * LARGEST_PRODUCT) + (uint32_t)size;

        chosen.multiplier[ch] = random_multiplier();
        chosen.shift[ch] = is_alike ? shift_of_all : random_shift(largest_of_channel);
        if (one_in(50)) { /* a channel without any effect */
            chosen.multiplier[ch] = 0;
            chosen.shift[ch] = 0;
        }
    }
    if (one_in(4)) {
        shift_one_left(&chosen, channels, products);
    }
    return chosen;
}

int32_t random_input_offset(void)
{
    static const int32_t usual[] = {0, 128, -127, 1, -1};
    const int32_t way = random_in(0, 9);

    return way < 5 ? usual[way] : random_in(-127, 128);
}

void random_output(int32_t *offset, cmsis_nn_activation *activation)
{
    const int32_t way = random_in(0, 7);

    *offset = way < 4 ? -128 : random_in(-128, 127);
    activation->min = way < 5 ? -128 : way == 5 ? *offset : random_in(-128, 127);
    activation->max = way < 5 ? 127 : random_in(activation->min, 127);
}
