#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"

/* floor((a * b + 2^30) / 2^31); nothing here multiplies -2^31 by itself. */
static int32_t multiply(int32_t a, int32_t b)
{
    return mcu_doubling_high_mult(a, b);
}

/* x * 2^exponent, saturated; exponent in [1, 30]. */
static int32_t shift_left(int32_t x, int32_t exponent)
{
    const int32_t limit = INT32_C(1) << (31 - exponent);
    if (x >= limit) {
        return INT32_MAX;
    }
    return x < -limit ? INT32_MIN : x * (INT32_C(1) << exponent);
}

/* e^x in Q31 of x <= 0 in Q26. x = r - n / 4 with r in [-1/4, 0): a Taylor polynomial around -1/8 gives e^r, and each
 * set bit of n multiplies by its power of e, from e^(-1/4) to e^(-16). */
static int32_t exp_on_negative_values(int32_t x)
{
    static const int32_t power_of_e[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t exp_minus_eighth = 1895147668;
    const int32_t one_third = 715827883;
    const int32_t quarter = INT32_C(1) << 24;

    const int32_t r = (x & (quarter - 1)) - quarter;
    const int32_t t = r * 32 + (INT32_C(1) << 28);
    const int32_t t2 = multiply(t, t);
    const int32_t t3 = multiply(t2, t);
    const int32_t t4 = multiply(t2, t2);
    const int32_t higher = multiply(mcu_divide_by_power_of_two(t4, 2) + t3, one_third) + t2;
    const int32_t taylor = t + mcu_divide_by_power_of_two(higher, 1);
    const int32_t remainder = r - x;
    int32_t result = exp_minus_eighth + multiply(exp_minus_eighth, taylor);

    if (x == 0) {
        return INT32_MAX;
    }
    for (int32_t bit = 0; bit < 7; ++bit) {
        if ((remainder & (quarter << bit)) != 0) {
            result = multiply(result, power_of_e[bit]);
        }
    }
    return result;
}

/* 1 / (1 + x) in Q31 of x in [0, 1) in Q31, by three Newton-Raphson steps. */
static int32_t one_over_one_plus_x(int32_t x)
{
    const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) >> 1);
    int32_t y = 1515870810 + multiply(half_denominator, -1010580540); /* 48/17 - 32/17 * half_denominator, Q29 */

    for (int32_t step = 0; step < 3; ++step) {
        const int32_t error = (INT32_C(1) << 29) - multiply(half_denominator, y);
        y += shift_left(multiply(y, error), 2);
    }
    return shift_left(y, 1);
}

/* e^((x - largest) * scale) in Q31; zero if it is too small for the fixed-point format. */
static int32_t exponential(int32_t diff, int32_t multiplier, int32_t shift, int32_t diff_min)
{
    if (diff < diff_min) {
        return 0;
    }
    return exp_on_negative_values(multiply(diff * (INT32_C(1) << shift), multiplier));
}

/* Row by row: the largest element, the sum of the exponentials, then each exponential over the sum. The exponentials
 * are computed twice because there is no memory to keep them. y may be x. */
void arm_softmax_s8(const int8_t *x, int32_t num_rows, int32_t row_size, int32_t multiplier, int32_t shift,
                    int32_t diff_min, int8_t *y)
{
    const int32_t accum_bits = 12;

    for (int32_t row = 0; row < num_rows; ++row, x += row_size, y += row_size) {
        int32_t largest = x[0];
        int32_t total = 0;
        int32_t headroom = 0;

        for (int32_t i = 1; i < row_size; ++i) {
            largest = mcu_max(largest, x[i]);
        }
        for (int32_t i = 0; i < row_size; ++i) {
            const int32_t power = exponential(x[i] - largest, multiplier, shift, diff_min);
            total += mcu_divide_by_power_of_two(power, accum_bits);
        }
        while ((((uint32_t)total << headroom) & UINT32_C(0x80000000)) == 0) {
            ++headroom;
        }
        const int32_t fraction = (int32_t)(((uint32_t)total << headroom) - UINT32_C(0x80000000));
        const int32_t shifted_scale = one_over_one_plus_x(fraction);
        const int32_t bits_over_unit = accum_bits - headroom + 23;

        for (int32_t i = 0; i < row_size; ++i) {
            const int32_t power = exponential(x[i] - largest, multiplier, shift, diff_min);
            const int32_t quotient = multiply(shifted_scale, power);
            /* More than 31 bits over: less than one half. */
            const int32_t unit = bits_over_unit > 31 ? 0 : mcu_divide_by_power_of_two(quotient, bits_over_unit);
            y[i] = (int8_t)mcu_min(unit + INT8_MIN, INT8_MAX);
        }
    }
}
