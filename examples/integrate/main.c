/* Your own program around a compiled model: a grey 32x32 camera frame comes in on stdin, the digit it shows goes out. */
#include "digits.h"

#include <stdio.h>

static int8_t arena[DIGITS_ARENA_BYTES] __attribute__((aligned(DIGITS_ARENA_ALIGNMENT)));

int main(void)
{
    static uint8_t frame[DIGITS_INPUT_BYTES];
    while (fread(frame, 1, sizeof frame, stdin) == sizeof frame) {
        digits_quantize_input(frame, digits_input(arena), DIGITS_INPUT_BYTES);
        if (digits_invoke(arena) != DIGITS_OK) {
            return 1;
        }
        const int8_t *scores = digits_output(arena);
        int best = 0;
        for (int digit = 1; digit < DIGITS_OUTPUT_CHANNELS; digit++) {
            best = scores[digit] > scores[best] ? digit : best;
        }
        printf("%d\n", best);
    }
    return 0;
}
