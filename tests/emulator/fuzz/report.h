/* What the running case is made of: told if it fails. Names are literals, of which the address is kept. */
#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

#include "arm_nn_types.h"

void report_begin(uint32_t seed, const char *kernel);

void report_number(const char *name, int32_t value);
void report_dims(const char *name, cmsis_nn_dims dims);
void report_tile(const char *name, cmsis_nn_tile tile);
void report_factor(const char *name, int32_t multiplier, int32_t shift);
void report_output(int32_t offset, cmsis_nn_activation activation);

/* Says what is wrong with a byte of a buffer of `size` bytes, then the case, and stops. */
void report_wrong_byte(const char *what, const char *buffer, int32_t byte, int32_t size, int32_t found,
                       int32_t expected) __attribute__((noreturn));
void report_wrong_status(int32_t status) __attribute__((noreturn));
void report_no_room(const char *buffer, int32_t size) __attribute__((noreturn));

#endif
