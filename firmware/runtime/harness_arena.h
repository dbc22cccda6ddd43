/* The arena of the verify image, between two guard zones; a run starts from bytes that no correct model reads. */
#ifndef HARNESS_ARENA_H
#define HARNESS_ARENA_H

void *arena(void);
void arena_poison(void);

/* 0, or non-zero after reporting the first byte outside the arena that changed since arena_poison. */
int arena_check_guards(void);

#endif
