/* The verify image. For every input in inputs.bin it runs the model twice, each time from a poisoned arena: traced, which
 * writes every layer's rows to trace.bin, and as it ships, which writes to outputs.bin. status.bin: stack bytes used.
 * laps.bin: how long it took. */
#include "console.h"
#include "harness_arena.h"
#include "harness_laps.h"
#include "harness_semihosting.h"
#include "harness_stack.h"
#include "harness_trace.h"
#include "model_config.h"

#include <stddef.h>
#include <stdint.h>

enum status { PASSED = 0, FILE_FAILED = 1, INVOKE_FAILED = 2, GUARD_WRITTEN = 3 };

static int input_file;

/* Where the model's stack begins, NULL if it is not measured, and how many bytes it has used at most. */
static uint32_t *stack_from;
static uint32_t stack_bytes;

/* Looks how deep the stack went, from words that the caller has not used yet. Words in [begin, end) are not counted. */
static inline __attribute__((always_inline)) void note_stack(const uint32_t *begin, const uint32_t *end)
{
    const uint32_t *lowest = stack_lowest(stack_from);
    if (lowest >= begin && lowest < end) {
        lowest = end;
    }
    uint32_t used = (uint32_t)((const uint8_t *)stack_from - (const uint8_t *)lowest);
    stack_bytes = used > stack_bytes ? used : stack_bytes;
}

static void fail(enum status status, const char *text)
{
    console_write(text);
    console_write("\n");
    console_stop((int)status);
}

static int open_file(const char *name, enum semihosting_mode mode)
{
    int handle = semihosting_open(name, mode);
    if (handle < 0) {
        fail(FILE_FAILED, name);
    }
    return handle;
}

static void read_input(void *destination, size_t bytes)
{
    if (semihosting_read(input_file, destination, bytes) != 0) {
        fail(FILE_FAILED, "inputs.bin ends early");
    }
}

#if MODEL_INPUT_MODE == MODEL_INPUT_ARENA

#define PREPARE_INPUT() read_input(model_input(arena()), MODEL_INPUT_BYTES)
#define INVOKE(function) function(arena())
#define NOTE_STACK() note_stack(stack_from, stack_from)

#elif MODEL_INPUT_MODE == MODEL_INPUT_EXTERNAL

static int8_t external_input[MODEL_INPUT_BYTES] __attribute__((aligned(16)));

#define PREPARE_INPUT() read_input(external_input, MODEL_INPUT_BYTES)
#define INVOKE(function) function(arena(), external_input)
#define NOTE_STACK() note_stack(stack_from, stack_from)

#else

static int next_row;
static const uint32_t *row_frame_begin, *row_frame_end;

/* A callback's stack is not the model's: its own frame is left out, and what lies below is painted again. */
static int give_row(void *user, int row, int8_t *dst)
{
    (void)user;
    uint32_t ticks = lap_ticks();
    uint32_t *own = stack_pointer();
    if (stack_from != NULL) {
        row_frame_begin = own;
        row_frame_end = (const uint32_t *)__builtin_dwarf_cfa();
        note_stack(row_frame_begin, row_frame_end);
    }
    if (row != next_row || row >= MODEL_INPUT_ROWS) {
        fail(INVOKE_FAILED, "input rows were not asked for once and in order");
    }
    ++next_row;
    lap_write(LAP_ROW_WANTED, ticks);
    read_input(dst, MODEL_INPUT_ROW_BYTES);
    if (stack_from != NULL) {
        stack_paint(own);
    }
    lap_begin();
    return 0;
}

#define PREPARE_INPUT() (next_row = 0)
#define INVOKE(function) function(arena(), give_row, NULL)
#define NOTE_STACK() note_stack(row_frame_begin, row_frame_end)

#endif

static void begin_run(int number)
{
    arena_poison();
    if (semihosting_seek(input_file, (size_t)number * MODEL_INPUT_BYTES) != 0) {
        fail(FILE_FAILED, "inputs.bin cannot be read");
    }
    PREPARE_INPUT();
}

static void check_run(int error)
{
    if (arena_check_guards() != 0) {
        console_stop((int)GUARD_WRITTEN);
    }
    if (error != 0) {
        console_write("invoke returned ");
        console_write_decimal(error);
        fail(INVOKE_FAILED, "");
    }
}

static void run_traced(int number)
{
    begin_run(number);
    lap_begin();
    int error = INVOKE(model_invoke_traced);
    lap_end(LAP_INVOKE);
    check_run(error);
}

static __attribute__((noinline)) void run_as_shipped(int number)
{
    begin_run(number);
    stack_from = stack_pointer();
    stack_paint(stack_from);
    lap_begin();
    int error = INVOKE(model_invoke);
    uint32_t ticks = lap_ticks();
    NOTE_STACK();
    stack_from = NULL;
    lap_write(LAP_INVOKE, ticks);
    check_run(error);
}

int main(void)
{
    input_file = open_file("inputs.bin", SEMIHOSTING_READ);
    trace_to(open_file("trace.bin", SEMIHOSTING_WRITE));
    laps_to(open_file("laps.bin", SEMIHOSTING_WRITE));
    int output_file = open_file("outputs.bin", SEMIHOSTING_WRITE);
    int status_file = open_file("status.bin", SEMIHOSTING_WRITE);
    int count = semihosting_length(input_file) / MODEL_INPUT_BYTES;
    for (int number = 0; number < count; ++number) {
        run_traced(number);
        run_as_shipped(number);
        if (semihosting_write(output_file, model_output(arena()), MODEL_OUTPUT_BYTES) != 0) {
            fail(FILE_FAILED, "outputs.bin cannot be written");
        }
    }
    return semihosting_write(status_file, &stack_bytes, sizeof stack_bytes) == 0 ? PASSED : FILE_FAILED;
}
