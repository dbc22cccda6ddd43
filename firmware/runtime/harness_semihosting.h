/* Semihosting: calls to the host through a breakpoint (Arm Semihosting specification). Only in the verify image. */
#ifndef HARNESS_SEMIHOSTING_H
#define HARNESS_SEMIHOSTING_H

#include <stddef.h>

enum semihosting_mode { SEMIHOSTING_READ = 1, SEMIHOSTING_WRITE = 5 }; /* "rb", "wb" */

/* A handle, or -1. */
int semihosting_open(const char *name, enum semihosting_mode mode);
int semihosting_length(int handle);

/* These return 0 if all bytes were moved. */
int semihosting_seek(int handle, size_t offset);
int semihosting_read(int handle, void *data, size_t bytes);
int semihosting_write(int handle, const void *data, size_t bytes);

void semihosting_print(const char *text);
void semihosting_exit(int status) __attribute__((noreturn));

#endif
