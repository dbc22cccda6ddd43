/* The flashed firmware: runs the model once on an input that it makes itself and compares the output's CRC-32. */
#include "board.h"
#include "console.h"
#include "crc32.h"
#include "model_config.h"

#include <stddef.h>
#include <stdint.h>

static uint8_t model_arena[MODEL_ARENA_BYTES] __attribute__((aligned(16)));

/* Pseudo-random bytes: the upper byte of Knuth's linear congruential generator (Numerical Recipes, "ranqd1"). */
static void fill(uint32_t *state, int8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        *state = *state * 1664525u + 1013904223u;
        bytes[i] = (int8_t)(*state >> 24);
    }
}

#if MODEL_INPUT_MODE == MODEL_INPUT_ARENA

static int run_model(void)
{
    uint32_t state = 1;
    fill(&state, model_input(model_arena), MODEL_INPUT_BYTES);
    return model_invoke(model_arena);
}

#elif MODEL_INPUT_MODE == MODEL_INPUT_EXTERNAL

static int8_t external_input[MODEL_INPUT_BYTES] __attribute__((aligned(16)));

static int run_model(void)
{
    uint32_t state = 1;
    fill(&state, external_input, MODEL_INPUT_BYTES);
    return model_invoke(model_arena, external_input);
}

#else

static int give_row(void *user, int row, int8_t *dst)
{
    (void)row;
    fill(user, dst, MODEL_INPUT_ROW_BYTES);
    return 0;
}

static int run_model(void)
{
    uint32_t state = 1;
    return model_invoke(model_arena, give_row, &state);
}

#endif

int main(void)
{
    board_uart_begin();
    console_write("mcucompile firmware, model " MODEL_NAME "\n");
    int error = run_model();
    if (error != 0) {
        console_write("self test invoke error ");
        console_write_decimal(error);
        console_write(" FAIL\n");
        return 1;
    }
    uint32_t crc = crc32(model_output(model_arena), MODEL_OUTPUT_BYTES);
    console_write("self test output crc ");
    console_write_hex(crc);
    console_write(" expected ");
    console_write_hex(MODEL_SELFTEST_CRC32);
    console_write(crc == MODEL_SELFTEST_CRC32 ? " PASS\n" : " FAIL\n");
    return crc == MODEL_SELFTEST_CRC32 ? 0 : 1;
}
