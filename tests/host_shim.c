/* What tests/host_model.py calls: the emitted model behind one function, whatever its input mode and its name. */
#include "model_config.h"

#include <stddef.h>
#include <string.h>

typedef void (*trace_fn)(int layer, int row_begin, int row_end, const int8_t *data, int bytes);

const int32_t host_arena_bytes = MODEL_ARENA_BYTES;
const int32_t host_input_bytes = MODEL_INPUT_BYTES;
const int32_t host_output_bytes = MODEL_OUTPUT_BYTES;

/* One inference at a time in a thread. */
static __thread trace_fn trace;

void mcu_trace(int layer, int row_begin, int row_end, const int8_t *data, int bytes)
{
    trace(layer, row_begin, row_end, data, bytes);
}

#if MODEL_INPUT_MODE == MODEL_INPUT_ARENA

#define INVOKE(function) (memcpy(model_input(arena), input, MODEL_INPUT_BYTES), function(arena))

#elif MODEL_INPUT_MODE == MODEL_INPUT_EXTERNAL

#define INVOKE(function) function(arena, input)

#else

typedef struct {
    const int8_t *input;
    int next;
} row_source;

/* Fails unless rows are asked for once and in order. */
static int give_row(void *user, int row, int8_t *dst)
{
    row_source *source = user;
    if (row != source->next++ || row >= MODEL_INPUT_ROWS) {
        return -1;
    }
    memcpy(dst, source->input + row * MODEL_INPUT_ROW_BYTES, MODEL_INPUT_ROW_BYTES);
    return 0;
}

#define INVOKE(function) function(arena, give_row, &(row_source){input, 0})

#endif

/* Runs the traced model if there is a hook, the model as it ships otherwise. Returns what it returns. */
int host_run(void *arena, const int8_t *input, int8_t *output, trace_fn hook)
{
    trace = hook;
    const int error = hook == NULL ? INVOKE(model_invoke) : INVOKE(model_invoke_traced);
    memcpy(output, model_output(arena), MODEL_OUTPUT_BYTES);
    return error;
}
