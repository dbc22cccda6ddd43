/* The buffers of a case. Each lies at an end of one of the machine's memories, so that every access beyond that side
 * is a fault; on its other side lie bytes that must keep their value. */
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>
#include <stdint.h>

#define GUARDED_MOST_BYTES 65536

/* Forgets all buffers. The next ones lie at other ends. */
void guarded_begin(void);

/* An input, to be filled by the caller. name: a literal. Words are aligned, bytes lie anywhere. */
int8_t *guarded_bytes(const char *name, int32_t size);
int32_t *guarded_words(const char *name, int32_t count);

/* The output. In place: one of the inputs, of which nothing else may be known. */
int8_t *guarded_output(int32_t size);
void guarded_in_place(const int8_t *input);

/* Where the portable twin writes what is expected of the output. */
int8_t *guarded_expected(void);

/* Around the call of the kernel. In between, unaligned accesses fault if guarded_forbid_unaligned says so, and until
 * guarded_allow_unaligned. */
void guarded_call(void);
void guarded_return(int32_t status);
void guarded_forbid_unaligned(int forbidden);
void guarded_allow_unaligned(void);

/* The buffer near `address`, and which byte of it that is: NULL if there is none. */
const char *guarded_near(uintptr_t address, int32_t *byte, int32_t *size);

#endif
