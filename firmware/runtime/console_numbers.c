/* Numbers as text, without the C library's printf. */
#include "console.h"

/* By subtraction: Cortex-M0 divides by a function of 266 bytes. */
void console_write_decimal(int32_t value)
{
    static const uint32_t powers[] = {1000000000u, 100000000u, 10000000u, 1000000u, 100000u,
                                      10000u,      1000u,      100u,      10u,      1u};
    char text[12];
    char *at = text;
    uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    const uint32_t *power = powers;
    if (value < 0) {
        *at++ = '-';
    }
    while (*power > 1u && rest < *power) {
        ++power;
    }
    for (; power < powers + sizeof powers / sizeof *powers; ++power) {
        char digit = '0';
        for (; rest >= *power; rest -= *power) {
            ++digit;
        }
        *at++ = digit;
    }
    *at = '\0';
    console_write(text);
}

void console_write_hex(uint32_t value)
{
    char text[11] = "0x00000000";
    for (int digit = 9; digit > 1; --digit) {
        text[digit] = "0123456789abcdef"[value & 15u];
        value >>= 4;
    }
    console_write(text);
}
