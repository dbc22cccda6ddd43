#include "harness_semihosting.h"

#include <stdint.h>

enum operation {
    SYS_OPEN = 0x01,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_SEEK = 0x0A,
    SYS_FLEN = 0x0C,
    SYS_EXIT_EXTENDED = 0x20
};

static const uintptr_t ADP_STOPPED_APPLICATION_EXIT = 0x20026u;

static int call(enum operation operation, const void *argument)
{
    register int r0 __asm__("r0") = (int)operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

int semihosting_open(const char *name, enum semihosting_mode mode)
{
    const char *end = name; /* strlen is 92 bytes */
    while (*end != '\0') {
        ++end;
    }
    const uintptr_t block[3] = {(uintptr_t)name, (uintptr_t)mode, (uintptr_t)(end - name)};
    return call(SYS_OPEN, block);
}

int semihosting_length(int handle)
{
    const uintptr_t block[1] = {(uintptr_t)handle};
    return call(SYS_FLEN, block);
}

int semihosting_seek(int handle, size_t offset)
{
    const uintptr_t block[2] = {(uintptr_t)handle, offset};
    return call(SYS_SEEK, block);
}

int semihosting_read(int handle, void *data, size_t bytes)
{
    const uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)data, bytes};
    return call(SYS_READ, block);
}

int semihosting_write(int handle, const void *data, size_t bytes)
{
    const uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)data, bytes};
    return call(SYS_WRITE, block);
}

void semihosting_print(const char *text)
{
    (void)call(SYS_WRITE0, text);
}

void semihosting_exit(int status)
{
    const uintptr_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uintptr_t)status};
    for (;;) {
        (void)call(SYS_EXIT_EXTENDED, block);
    }
}
