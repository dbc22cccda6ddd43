#include "harness_trace.h"

#include "console.h"
#include "harness_laps.h"
#include "harness_semihosting.h"

static int trace_file;

void trace_to(int file)
{
    trace_file = file;
}

void mcu_trace(int layer, int row_begin, int row_end, const int8_t *data, int bytes)
{
    lap_end(layer);
    const int32_t header[4] = {layer, row_begin, row_end, bytes};
    if (semihosting_write(trace_file, header, sizeof header) != 0
        || semihosting_write(trace_file, data, (size_t)bytes) != 0) {
        console_write("trace.bin cannot be written\n");
        console_stop(1);
    }
    lap_begin();
}
