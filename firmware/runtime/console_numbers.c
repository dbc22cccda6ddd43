/* Numbers as text, without the C library's printf. */
#include "console.h"

void console_write_decimal(int32_t value)
{
    char text[12];
    char *at = text + sizeof text;
    uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    *--at = '\0';
    do {
        *--at = (char)('0' + rest % 10u);
        rest /= 10u;
    } while (rest != 0u);
    if (value < 0) {
        *--at = '-';
    }
    console_write(at);
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
