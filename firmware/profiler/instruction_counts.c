/* A plugin for QEMU's TCG that counts every instruction of an inference, for the layer that it works for.
 *
 * Reads profile_functions.txt in the current folder: lines "begin end label" (addresses in hexadecimal, half open).
 * Executing an address of a labelled function makes its label current; any other function keeps the label of its caller.
 * Label 0 stands for what is not counted. Writes profile_counts.txt: lines "label address count after_2 after_4", the
 * last two being how often the next instruction was 2 and 4 bytes further on (QEMU does not always know the size of one
 * that ends near a page); and "unaligned address accesses".
 *
 * The declarations are the part of QEMU's plugin interface that this file needs; few systems install its header. */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

enum register_access { NO_REGISTERS = 0 };
enum memory_access { READ_OR_WRITE = 3 };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*callback)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(
    struct qemu_plugin_insn *insn, void (*callback)(unsigned cpu, void *data), enum register_access access, void *data);
void qemu_plugin_register_vcpu_mem_cb(
    struct qemu_plugin_insn *insn, void (*callback)(unsigned cpu, uint32_t info, uint64_t address, void *data),
    enum register_access registers, enum memory_access memory, void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*callback)(uint64_t id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
unsigned qemu_plugin_mem_size_shift(uint32_t info);

EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;
EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv);

#define NOT_COUNTED 0
#define OF_CALLER (-1)

struct function {
    uint64_t begin, end;
    int label;
};

struct counter {
    uint64_t count, after_2, after_4;
};

struct instruction {
    uint64_t address;
    int label;
    uint64_t unaligned;
    struct counter *counters;
    struct instruction *following;
};

static struct function *functions;
static size_t function_count;
static int label_count = 1;

static struct instruction *instructions[1 << 16];
static int label = NOT_COUNTED;
static const struct instruction *last;
static struct counter *last_counter;

static void *allocate(size_t count, size_t bytes)
{
    void *memory = calloc(count, bytes);
    if (memory == NULL) {
        fputs("profile: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static FILE *open_or_fail(const char *name, const char *mode)
{
    FILE *file = fopen(name, mode);
    if (file == NULL) {
        perror(name);
        exit(EXIT_FAILURE);
    }
    return file;
}

static void read_functions(void)
{
    FILE *file = open_or_fail("profile_functions.txt", "r");
    struct function function;
    while (fscanf(file, "%" SCNx64 " %" SCNx64 " %d", &function.begin, &function.end, &function.label) == 3) {
        functions = realloc(functions, (function_count + 1) * sizeof *functions);
        if (functions == NULL) {
            exit(EXIT_FAILURE);
        }
        functions[function_count++] = function;
        label_count = function.label >= label_count ? function.label + 1 : label_count;
    }
    fclose(file);
}

static int label_of(uint64_t address)
{
    for (size_t i = 0; i < function_count; ++i) {
        if (address >= functions[i].begin && address < functions[i].end) {
            return functions[i].label;
        }
    }
    return OF_CALLER;
}

/* The one record of an address, however often QEMU translates it. */
static struct instruction *instruction_at(uint64_t address)
{
    struct instruction **place = &instructions[(address >> 1) & 0xFFFF];
    while (*place != NULL && (*place)->address != address) {
        place = &(*place)->following;
    }
    if (*place == NULL) {
        struct instruction *made = allocate(1, sizeof *made);
        made->address = address;
        made->label = label_of(address);
        made->counters = allocate((size_t)label_count, sizeof *made->counters);
        *place = made;
    }
    return *place;
}

static void executed(unsigned cpu, void *data)
{
    const struct instruction *instruction = data;
    (void)cpu;
    if (last != NULL) {
        last_counter->after_2 += instruction->address == last->address + 2;
        last_counter->after_4 += instruction->address == last->address + 4;
    }
    last = NULL;
    label = instruction->label == OF_CALLER ? label : instruction->label;
    if (label != NOT_COUNTED) {
        last = instruction;
        last_counter = &instruction->counters[label];
        ++last_counter->count;
    }
}

static void accessed(unsigned cpu, uint32_t info, uint64_t address, void *data)
{
    struct instruction *instruction = data;
    (void)cpu;
    if (label != NOT_COUNTED && (address & ((UINT64_C(1) << qemu_plugin_mem_size_shift(info)) - 1)) != 0) {
        ++instruction->unaligned;
    }
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); ++i) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        struct instruction *instruction = instruction_at(qemu_plugin_insn_vaddr(insn));
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, NO_REGISTERS, instruction);
        qemu_plugin_register_vcpu_mem_cb(insn, accessed, NO_REGISTERS, READ_OR_WRITE, instruction);
    }
}

static void write_counts(uint64_t id, void *data)
{
    FILE *file = open_or_fail("profile_counts.txt", "w");
    (void)id;
    (void)data;
    for (size_t i = 0; i < sizeof instructions / sizeof *instructions; ++i) {
        for (const struct instruction *at = instructions[i]; at != NULL; at = at->following) {
            for (int l = 0; l < label_count; ++l) {
                const struct counter *counter = &at->counters[l];
                if (counter->count != 0) {
                    fprintf(file, "%d %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", l, at->address, counter->count,
                            counter->after_2, counter->after_4);
                }
            }
            if (at->unaligned != 0) {
                fprintf(file, "unaligned %" PRIx64 " %" PRIu64 "\n", at->address, at->unaligned);
            }
        }
    }
    fclose(file);
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    (void)argc;
    (void)argv;
    read_functions();
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, write_counts, NULL);
    return 0;
}
