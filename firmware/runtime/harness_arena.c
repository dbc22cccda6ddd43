#include "harness_arena.h"

#include "console.h"
#include "model_config.h"

#include <stdint.h>
#include <string.h>

#define GUARD_BYTES 32
#define POISON 0xA5

static struct {
    uint8_t before[GUARD_BYTES];
    uint8_t bytes[MODEL_ARENA_BYTES];
    uint8_t after[GUARD_BYTES];
} guarded __attribute__((aligned(16)));

void *arena(void)
{
    return guarded.bytes;
}

void arena_poison(void)
{
    memset(&guarded, POISON, sizeof guarded);
}

static int check(const uint8_t *guard, int32_t first)
{
    for (int32_t i = 0; i < GUARD_BYTES; ++i) {
        if (guard[i] != POISON) {
            console_write("guard: byte ");
            console_write_decimal(first + i);
            console_write(" of an arena of ");
            console_write_decimal(MODEL_ARENA_BYTES);
            console_write(" bytes was written\n");
            return 1;
        }
    }
    return 0;
}

int arena_check_guards(void)
{
    return check(guarded.before, -GUARD_BYTES) != 0 || check(guarded.after, MODEL_ARENA_BYTES) != 0;
}
