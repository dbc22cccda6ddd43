/* Runs the cases that request.bin asks for, and says how many there were of each kernel. */
#include "console.h"
#include "guarded.h"
#include "harness_semihosting.h"
#include "kernels.h"
#include "random.h"
#include "report.h"

#define CASES_OF_A_LINE 1000

/* The case with seed i is the same in every run. */
typedef struct {
    uint32_t first_seed;
    uint32_t cases;
    uint32_t unaligned_is_forbidden;
} request;

/* share: of all cases, in percent. */
typedef struct {
    const char *kernel;
    void (*fuzz)(void);
    int32_t share;
} family;

static const family families[] = {
    {"arm_convolve_wrapper_s8", fuzz_convolve_wrapper, 37},
    {"arm_convolve_s8", fuzz_convolve, 6},
    {"arm_depthwise_conv_wrapper_s8", fuzz_depthwise, 26},
    {"arm_fully_connected_s8", fuzz_fully_connected, 5},
    {"arm_elementwise_add_s8", fuzz_add, 7},
    {"arm_elementwise_mul_s8", fuzz_mul, 2},
    {"mcu_channel_scale_s8", fuzz_channel_scale, 2},
    {"mcu_lookup_s8", fuzz_lookup, 2},
    {"arm_avgpool_s8", fuzz_average_pool, 3},
    {"arm_max_pool_s8", fuzz_max_pool, 3},
    {"mcu_mean_s8", fuzz_mean, 3},
    {"arm_softmax_s8", fuzz_softmax, 1},
    {"mcu_concat_s8", fuzz_concat, 1},
    {"mcu_slide_rows", fuzz_slide_rows, 2},
};
enum { FAMILIES = sizeof families / sizeof families[0] };

static int32_t random_family(void)
{
    int32_t at = random_in(0, 99);
    int32_t chosen = 0;

    for (; at >= families[chosen].share; ++chosen) {
        at -= families[chosen].share;
    }
    return chosen;
}

int main(void)
{
    static int32_t counts[FAMILIES];
    request of;
    const int file = semihosting_open("request.bin", SEMIHOSTING_READ);

    if (file < 0 || semihosting_read(file, &of, sizeof of) != 0) {
        console_write("cannot read request.bin\n");
        return 2;
    }
    guarded_forbid_unaligned(of.unaligned_is_forbidden != 0u);
    for (uint32_t i = 0; i < of.cases; ++i) {
        random_begin(of.first_seed + i);
        const int32_t chosen = random_family();

        if (i > 0 && i % CASES_OF_A_LINE == 0) { /* where a kernel that hangs is to be looked for */
            console_write("from case ");
            console_write_decimal((int32_t)(of.first_seed + i));
            console_write(" on\n");
        }
        report_begin(of.first_seed + i, families[chosen].kernel);
        guarded_begin();
        families[chosen].fuzz();
        ++counts[chosen];
    }
    for (int32_t i = 0; i < FAMILIES; ++i) {
        console_write(families[i].kernel);
        console_write(" ");
        console_write_decimal(counts[i]);
        console_write("\n");
    }
    return 0;
}
