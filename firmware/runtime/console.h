/* Where an image reports and how it ends: a UART on a board, semihosting in the verify image. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

void console_write(const char *text);

/* The end of the program. status: 0 is success. */
void console_stop(int status) __attribute__((noreturn));

void console_write_decimal(int32_t value);
void console_write_hex(uint32_t value);

#endif
