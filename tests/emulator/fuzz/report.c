/* The case in words. Implements console.h too: a fault, which ends in console_stop, tells the case as well. */
#include "report.h"

#include "console.h"
#include "guarded.h"
#include "harness_semihosting.h"
#include "registers.h"

#define MOST_NOTES 24
#define BUS_FAULT_ADDRESS ((volatile uint32_t *)0xE000ED38u)
#define BUS_FAULT_ADDRESS_VALID (1u << 15) /* of SYSTEM_CFSR */

/* A name and up to four numbers. */
typedef struct {
    const char *name;
    int32_t values[4];
    int32_t count;
} note;

static uint32_t case_seed;
static const char *case_kernel;
static note notes[MOST_NOTES];
static int32_t noted;

void report_begin(uint32_t seed, const char *kernel)
{
    case_seed = seed;
    case_kernel = kernel;
    noted = 0;
}

static void add_note(const char *name, int32_t count, int32_t a, int32_t b, int32_t c, int32_t d)
{
    const note added = {name, {a, b, c, d}, count};
    notes[noted++] = added;
}

void report_number(const char *name, int32_t value)
{
    add_note(name, 1, value, 0, 0, 0);
}

void report_dims(const char *name, cmsis_nn_dims dims)
{
    add_note(name, 4, dims.n, dims.h, dims.w, dims.c);
}

void report_tile(const char *name, cmsis_nn_tile tile)
{
    add_note(name, 2, tile.h, tile.w, 0, 0);
}

/* multiplier / 2^31 * 2^shift. */
void report_factor(const char *name, int32_t multiplier, int32_t shift)
{
    add_note(name, 2, multiplier, shift, 0, 0);
}

void report_output(int32_t offset, cmsis_nn_activation activation)
{
    report_number("output_offset", offset);
    add_note("activation", 2, activation.min, activation.max, 0, 0);
}

/* The first thing that a fault does. */
void console_write(const char *text)
{
    guarded_allow_unaligned();
    semihosting_print(text);
}

static void write_numbers(const char *between, const int32_t *values, int32_t count)
{
    for (int32_t i = 0; i < count; ++i) {
        console_write(i == 0 ? " " : between);
        console_write_decimal(values[i]);
    }
}

static void write_case(void)
{
    console_write("case ");
    console_write_decimal((int32_t)case_seed);
    console_write(": ");
    console_write(case_kernel);
    for (int32_t i = 0; i < noted; ++i) {
        console_write(i == 0 ? "\n  " : ", ");
        console_write(notes[i].name);
        write_numbers(notes[i].count == 4 ? "x" : " ", notes[i].values, notes[i].count);
    }
    console_write("\n");
}

static void write_place(const char *buffer, int32_t byte, int32_t size)
{
    console_write("byte ");
    console_write_decimal(byte);
    console_write(" of ");
    console_write(buffer);
    console_write(" [");
    console_write_decimal(size);
    console_write("]");
}

void report_wrong_byte(const char *what, const char *buffer, int32_t byte, int32_t size, int32_t found,
                       int32_t expected)
{
    console_write(what);
    console_write(": ");
    write_place(buffer, byte, size);
    console_write(" is ");
    console_write_decimal(found);
    console_write(", expected ");
    console_write_decimal(expected);
    console_write("\n");
    console_stop(1);
}

void report_wrong_status(int32_t status)
{
    console_write("wrong status: ");
    console_write_decimal(status);
    console_write(", expected 0\n");
    console_stop(1);
}

void report_no_room(const char *buffer, int32_t size)
{
    console_write("no room: ");
    write_place(buffer, 0, size);
    console_write("\n");
    console_stop(1);
}

/* The end: of a wrong case, of a fault, or of all cases. */
void console_stop(int status)
{
    int32_t byte, size;

    if (status != 0) {
        if ((*SYSTEM_CFSR & BUS_FAULT_ADDRESS_VALID) != 0u) {
            const char *buffer = guarded_near(*BUS_FAULT_ADDRESS, &byte, &size);
            if (buffer != NULL) {
                console_write("access outside: ");
                write_place(buffer, byte, size);
                console_write("\n");
            }
        }
        write_case();
    }
    semihosting_exit(status);
}
