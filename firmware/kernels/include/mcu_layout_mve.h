/* Checks the offsets by which Helium's assembly reads structures. GCC's assertion, as C99 has none. */
#ifndef MCU_LAYOUT_MVE_H
#define MCU_LAYOUT_MVE_H

#include <stddef.h>

#define MCU_LIES_AT(type, field, bytes) __extension__ _Static_assert(offsetof(type, field) == (bytes), #field)

#endif
