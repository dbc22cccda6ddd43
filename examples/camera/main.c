/* The model takes every camera line as soon as it is there: in RAM are two lines and the arena, never a frame. */
#include "camera.h"
#include "digits.h"

#include <stddef.h>
#include <stdio.h>

static int8_t arena[DIGITS_ARENA_BYTES] __attribute__((aligned(DIGITS_ARENA_ALIGNMENT)));
static struct camera camera;

/* Gives a line to the model, which asks for each once and in order. Non-zero ends the inference. */
static int give_line(void *user, int row, int8_t *dst)
{
    const uint8_t *line = camera_wait_line(user);
    (void)row;
    if (line == NULL) {
        return -1;
    }
    digits_quantize_input(line, dst, DIGITS_INPUT_WIDTH * DIGITS_INPUT_CHANNELS);
    camera_release_line(user);
    return 0;
}

int main(void)
{
    for (;;) {
        camera_begin_frame(&camera);
        if (digits_invoke_rows(arena, give_line, &camera) != DIGITS_OK) {
            return 0;
        }
        const int8_t *scores = digits_output(arena);
        int best = 0;
        for (int digit = 1; digit < DIGITS_OUTPUT_CHANNELS; digit++) {
            best = scores[digit] > scores[best] ? digit : best;
        }
        printf("%d\n", best);
    }
}
