/* The trace hook of the emitted C: rows [row_begin, row_end) of a layer's output were just computed. */
#ifndef HARNESS_TRACE_H
#define HARNESS_TRACE_H

#include <stdint.h>

void mcu_trace(int layer, int row_begin, int row_end, const int8_t *data, int bytes);

/* Where records go: a semihosting handle. */
void trace_to(int file);

#endif
