#include "factors.h"
#include "guarded.h"
#include "kernels.h"
#include "random.h"
#include "report.h"

#define MOST_ELEMENTS 200

/* An offset and the factor that goes with it, as in multiplier / 2^31 * 2^shift. */
typedef struct {
    int32_t offset;
    int32_t multiplier;
    int32_t shift;
} term;

static int8_t *random_input(const char *name, int32_t size)
{
    int8_t *x = guarded_bytes(name, size);

    random_bytes(x, size, -128);
    return x;
}

/* Mostly a buffer of its own, else x. */
static int8_t *random_output_place(int8_t *x, int32_t size)
{
    if (!one_in(4)) {
        return guarded_output(size);
    }
    guarded_in_place(x);
    report_number("in place", 1);
    return x;
}

static term random_term(void)
{
    return (term){random_input_offset(), random_multiplier(), one_in(2) ? random_in(-2, 0) : random_in(-22, 1)};
}

void fuzz_add(void)
{
    const int32_t size = random_in(1, MOST_ELEMENTS);
    const int32_t left_shift = one_in(4) ? random_in(10, 20) : 20;
    const term first = random_term();
    const term second = one_in(4) ? first : random_term();
    term sum = {0, random_multiplier(), random_shift(UINT32_C(4) << (left_shift + 8))};
    int8_t *x1 = random_input("x1", size);
    int8_t *x2 = random_input("x2", size);
    cmsis_nn_activation limits;

    random_output(&sum.offset, &limits);
    report_number("size", size);
    report_number("left_shift", left_shift);
    report_number("input_1_offset", first.offset);
    report_factor("factor", first.multiplier, first.shift);
    report_number("input_2_offset", second.offset);
    report_factor("factor", second.multiplier, second.shift);
    report_factor("factor of the sum", sum.multiplier, sum.shift);
    report_output(sum.offset, limits);
    int8_t *y = random_output_place(one_in(2) ? x1 : x2, size);

    twin_arm_elementwise_add_s8(x1, x2, first.offset, first.multiplier, first.shift, second.offset, second.multiplier,
                                second.shift, left_shift, guarded_expected(), sum.offset, sum.multiplier, sum.shift,
                                limits.min, limits.max, size);
    guarded_call();
    guarded_return(arm_elementwise_add_s8(x1, x2, first.offset, first.multiplier, first.shift, second.offset,
                                          second.multiplier, second.shift, left_shift, y, sum.offset, sum.multiplier,
                                          sum.shift, limits.min, limits.max, size));
}

/* What makes int8 of products, which are at most 255 * 255. */
static term random_product(cmsis_nn_activation *limits)
{
    term product = {0, random_multiplier(), random_shift(255 * 255)};

    random_output(&product.offset, limits);
    report_factor("factor", product.multiplier, product.shift);
    report_output(product.offset, *limits);
    return product;
}

void fuzz_mul(void)
{
    const int32_t size = random_in(1, MOST_ELEMENTS);
    const int32_t offset_1 = random_input_offset();
    const int32_t offset_2 = random_input_offset();
    cmsis_nn_activation limits;
    const term product = random_product(&limits);
    int8_t *x1 = random_input("x1", size);
    int8_t *x2 = random_input("x2", size);

    report_number("size", size);
    report_number("input_1_offset", offset_1);
    report_number("input_2_offset", offset_2);
    int8_t *y = random_output_place(one_in(2) ? x1 : x2, size);

    twin_arm_elementwise_mul_s8(x1, x2, offset_1, offset_2, guarded_expected(), product.offset, product.multiplier,
                                product.shift, limits.min, limits.max, size);
    guarded_call();
    guarded_return(arm_elementwise_mul_s8(x1, x2, offset_1, offset_2, y, product.offset, product.multiplier,
                                          product.shift, limits.min, limits.max, size));
}

void fuzz_channel_scale(void)
{
    const int32_t pixels = random_in(1, 20);
    const int32_t channels = random_in(1, 40);
    const int32_t offset_1 = random_input_offset();
    const int32_t offset_2 = random_input_offset();
    cmsis_nn_activation limits;
    const term product = random_product(&limits);
    int8_t *x1 = random_input("x1", pixels * channels);
    int8_t *x2 = random_input("x2", channels);

    report_number("pixels", pixels);
    report_number("channels", channels);
    report_number("input_1_offset", offset_1);
    report_number("input_2_offset", offset_2);
    int8_t *y = random_output_place(x1, pixels * channels);

    twin_mcu_channel_scale_s8(x1, x2, offset_1, offset_2, guarded_expected(), product.offset, product.multiplier,
                              product.shift, limits.min, limits.max, pixels, channels);
    guarded_call();
    mcu_channel_scale_s8(x1, x2, offset_1, offset_2, y, product.offset, product.multiplier, product.shift, limits.min,
                         limits.max, pixels, channels);
    guarded_return(0);
}

void fuzz_lookup(void)
{
    const int32_t size = random_in(1, MOST_ELEMENTS);
    int8_t *x = random_input("x", size);
    int8_t *table = random_input("table", 256);

    report_number("size", size);
    int8_t *y = random_output_place(x, size);

    twin_mcu_lookup_s8(x, table, guarded_expected(), size);
    guarded_call();
    mcu_lookup_s8(x, table, y, size);
    guarded_return(0);
}

void fuzz_softmax(void)
{
    const int32_t rows = random_in(1, 3);
    const int32_t row_size = one_in(20) ? random_in(1, 4095) : random_in(1, 40);
    const int32_t multiplier = random_multiplier();
    const int32_t shift = random_in(0, 22);
    const int32_t diff_min = one_in(2) ? -255 : random_in(-255, 0);
    int8_t *x = random_input("x", rows * row_size);

    report_number("rows", rows);
    report_number("row_size", row_size);
    report_factor("factor", multiplier, shift);
    report_number("diff_min", diff_min);
    int8_t *y = random_output_place(x, rows * row_size);

    twin_arm_softmax_s8(x, rows, row_size, multiplier, shift, diff_min, guarded_expected());
    guarded_call();
    arm_softmax_s8(x, rows, row_size, multiplier, shift, diff_min, y);
    guarded_return(0);
}
