#include <string.h>

#include "guarded.h"
#include "kernels.h"
#include "random.h"
#include "report.h"

#define MOST_INPUTS 4

void fuzz_concat(void)
{
    static const char *const names[MOST_INPUTS] = {"x[0]", "x[1]", "x[2]", "x[3]"};
    const int32_t inputs = random_in(1, MOST_INPUTS);
    const int32_t pixels = random_in(1, 20);
    const int8_t *x[MOST_INPUTS];
    int32_t channels[MOST_INPUTS];
    int32_t output_channels = 0;

    report_number("pixels", pixels);
    for (int32_t i = 0; i < inputs; ++i) {
        channels[i] = random_in(1, 20);
        output_channels += channels[i];
        report_number("channels", channels[i]);
        int8_t *filled = guarded_bytes(names[i], pixels * channels[i]);
        random_bytes(filled, pixels * channels[i], -128);
        x[i] = filled;
    }
    int8_t *y = guarded_output(pixels * output_channels);

    twin_mcu_concat_s8(x, channels, inputs, pixels, output_channels, guarded_expected());
    guarded_call();
    mcu_concat_s8(x, channels, inputs, pixels, output_channels, y);
    guarded_return(0);
}

/* In place always; what is not moved to stays as it is. */
void fuzz_slide_rows(void)
{
    const int32_t unit = one_in(2) ? 4 : 1; /* multiples of 4 are moved by more at once */
    const int32_t skipped = unit * random_in(1, 100);
    const int32_t kept = unit * random_in(0, one_in(2) ? 1500 / unit : 75);
    const int32_t rest = random_in(0, 20);
    const int32_t size = skipped + kept + rest;
    int8_t *rows = guarded_bytes("window", size);

    random_bytes(rows, size, -128);
    guarded_in_place(rows);
    report_number("skipped", skipped);
    report_number("kept", kept);
    memcpy(guarded_expected(), rows, (size_t)size);
    memmove(guarded_expected(), rows + skipped, (size_t)kept);
    guarded_call();
    mcu_slide_rows(rows, skipped, kept);
    guarded_return(0);
}
