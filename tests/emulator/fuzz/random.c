#include "random.h"

static uint32_t state;

/* Neighbouring seeds are far apart after two rounds of multiplication and shifts. */
void random_begin(uint32_t seed)
{
    state = seed * 0x9E3779B9u + 0x7F4A7C15u;
    state = (state ^ (state >> 16)) * 0x85EBCA6Bu;
    state = (state ^ (state >> 13)) * 0xC2B2AE35u;
    state |= 1u;
}

/* Marsaglia's xorshift; the multiplication hides that its low bits are linear. */
uint32_t random_word(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (state * 0x9E3779B1u) >> 3;
}

int32_t random_in(int32_t low, int32_t high)
{
    return low + (int32_t)(random_word() % (uint32_t)(high - low + 1));
}

int one_in(int32_t n)
{
    return random_in(1, n) == 1;
}

void random_bytes(int8_t *bytes, int32_t size, int32_t least)
{
    static const int8_t limits[][2] = {{-128, -128}, {127, 127}, {-2, 2}};
    const int32_t way = random_in(0, 9);

    for (int32_t i = 0; i < size; ++i) {
        int32_t value;
        if (way == 3) {
            value = one_in(2) ? -128 : 127;
        } else if (way < 3) {
            value = random_in(limits[way][0], limits[way][1]);
        } else {
            value = random_in(-128, 127);
        }
        bytes[i] = (int8_t)(value < least ? least : value);
    }
}

int32_t random_channels(void)
{
    static const int32_t switches[] = {16, 32, 64, 65, 128, 160, 256, 360};

    switch (random_in(0, 9)) {
    case 0:
        return switches[random_in(0, 7)] + random_in(-4, 4);
    case 1:
        return 4 * random_in(1, 32);
    case 2:
        return 16 * random_in(1, 8);
    case 3:
        return random_in(9, 40);
    case 4:
        return random_in(12, 72);
    default:
        return random_in(1, 8);
    }
}
