/* Random numbers: a seed gives the same ones everywhere. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

void random_begin(uint32_t seed);
uint32_t random_word(void);

/* From `low` to `high`, both included. */
int32_t random_in(int32_t low, int32_t high);

/* True once in `n` times. */
int one_in(int32_t n);

/* Fills with noise, or with extremes, or with numbers around zero. least: -128 or -127. */
void random_bytes(int8_t *bytes, int32_t size, int32_t least);

/* One of a kernel's numbers of channels: small ones mostly, and those where kernels change their ways. */
int32_t random_channels(void);

#endif
