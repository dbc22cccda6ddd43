#include "guarded.h"

#include <string.h>

#include "random.h"
#include "report.h"

#define CANARY_BYTES 64
#define CANARY 0x5A
#define MOST_BUFFERS 7
#define NEAR_BYTES 65536

#define CONFIGURATION_CONTROL ((volatile uint32_t *)0xE000ED14u)
#define CONFIGURATION_CONTROL_UNALIGN_TRP (1u << 3)

/* Where QEMU's mps3-an547 has memory, and nothing beside it: ITCM, SRAM1, DTCM and the end of SRAM2. */
static const struct {
    uintptr_t address;
    int is_end;
} ends[MOST_BUFFERS] = {
    {0x10000000u, 0}, {0x10080000u, 1}, {0x11000000u, 0}, {0x11200000u, 1},
    {0x30000000u, 0}, {0x30080000u, 1}, {0x31400000u, 1},
};

typedef struct {
    const char *name;
    int8_t *bytes;
    int32_t size;
    int8_t *canaries;
} buffer;

static buffer buffers[MOST_BUFFERS];
static int8_t before[MOST_BUFFERS][GUARDED_MOST_BYTES];
static int8_t expected[GUARDED_MOST_BYTES];
static int32_t used;
static int32_t output;
static int32_t next_end;
static int32_t step;
static int in_place;
static int unaligned_is_forbidden;

void guarded_begin(void)
{
    used = 0;
    in_place = 0;
    next_end = random_in(0, MOST_BUFFERS - 1);
    step = random_in(1, MOST_BUFFERS - 1); /* a prime number of ends: each comes once */
}

int8_t *guarded_bytes(const char *name, int32_t size)
{
    const int32_t end = next_end;
    buffer *added = &buffers[used++];

    if (size > GUARDED_MOST_BYTES) {
        report_no_room(name, size);
    }
    next_end = (next_end + step) % MOST_BUFFERS;
    added->name = name;
    added->size = size;
    if (ends[end].is_end) {
        added->bytes = (int8_t *)(ends[end].address - (uintptr_t)size);
        added->canaries = added->bytes - CANARY_BYTES;
    } else {
        added->bytes = (int8_t *)ends[end].address;
        added->canaries = added->bytes + size;
    }
    memset(added->canaries, CANARY, CANARY_BYTES);
    return added->bytes;
}

int32_t *guarded_words(const char *name, int32_t count)
{
    return (int32_t *)(void *)guarded_bytes(name, 4 * count);
}

int8_t *guarded_output(int32_t size)
{
    output = used;
    return guarded_bytes("y", size);
}

void guarded_in_place(const int8_t *input)
{
    for (output = 0; buffers[output].bytes != input; ++output) {
    }
    in_place = 1;
}

int8_t *guarded_expected(void)
{
    return expected;
}

void guarded_forbid_unaligned(int forbidden)
{
    unaligned_is_forbidden = forbidden;
}

static void synchronize(void)
{
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

void guarded_allow_unaligned(void)
{
    *CONFIGURATION_CONTROL &= ~CONFIGURATION_CONTROL_UNALIGN_TRP;
    synchronize();
}

/* The output begins as the complement of what is expected: a byte that is not written is wrong. */
void guarded_call(void)
{
    buffer *y = &buffers[output];

    for (int32_t i = 0; i < used; ++i) {
        memcpy(before[i], buffers[i].bytes, (size_t)buffers[i].size);
    }
    for (int32_t i = 0; !in_place && i < y->size; ++i) {
        y->bytes[i] = (int8_t)~expected[i];
    }
    if (unaligned_is_forbidden) {
        *CONFIGURATION_CONTROL |= CONFIGURATION_CONTROL_UNALIGN_TRP;
        synchronize();
    }
}

static void compare(const char *what, const buffer *found, const int8_t *wanted)
{
    for (int32_t i = 0; i < found->size; ++i) {
        if (found->bytes[i] != wanted[i]) {
            report_wrong_byte(what, found->name, i, found->size, found->bytes[i], wanted[i]);
        }
    }
}

static void check_canaries(const buffer *inside)
{
    for (int32_t i = 0; i < CANARY_BYTES; ++i) {
        if (inside->canaries[i] != CANARY) {
            const int32_t byte = (int32_t)(inside->canaries + i - inside->bytes);
            report_wrong_byte("write outside", inside->name, byte, inside->size, inside->canaries[i], CANARY);
        }
    }
}

void guarded_return(int32_t status)
{
    guarded_allow_unaligned();
    if (status != 0) {
        report_wrong_status(status);
    }
    for (int32_t i = 0; i < used; ++i) {
        check_canaries(&buffers[i]);
        if (i == output) {
            compare("wrong result", &buffers[i], expected);
        } else {
            compare("input changed", &buffers[i], before[i]);
        }
    }
}

const char *guarded_near(uintptr_t address, int32_t *byte, int32_t *size)
{
    for (int32_t i = 0; i < used; ++i) {
        const intptr_t at = (intptr_t)(address - (uintptr_t)buffers[i].bytes);
        if (at >= -NEAR_BYTES && at < buffers[i].size + NEAR_BYTES) {
            *byte = (int32_t)at;
            *size = buffers[i].size;
            return buffers[i].name;
        }
    }
    return NULL;
}
