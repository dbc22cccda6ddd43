/* Average pooling with Helium: 16 channels of a window at a time, then four. Only for cores with __ARM_FEATURE_MVE.
 *
 * Instead of the division, a multiplication by 2^32 / count, rounded up: what that adds to a quotient is less than
 * 1 / count as long as numerators of up to 129 * count, times count, fit in 32 bits.
 */
#ifndef MCU_AVGPOOL_MVE_H
#define MCU_AVGPOOL_MVE_H

#include <arm_mve.h>
#include <stdint.h>

/* The most elements of a window; the fewest are two. */
#define MCU_MOST_AVERAGED_MVE 4096

/* Elements of a window inside the input; row: from one of its rows to the next. */
typedef struct {
    int32_t rows;
    int32_t cols;
    int32_t row;
    int32_t channels;
    int32_t count;
    uint32_t reciprocal;
    int32_t act_min;
    int32_t act_max;
} mcu_pool_window_mve;

/* The mean of four channels, halves rounded away from zero, clamped. */
static inline int32x4_t mcu_mean_of_sum_mve(int32x4_t sum, const mcu_pool_window_mve *window)
{
    const uint32x4_t rounded = vreinterpretq_u32_s32(vaddq_n_s32(vabsq_s32(sum), window->count / 2));
    int32x4_t mean = vreinterpretq_s32_u32(vmulhq_u32(rounded, vdupq_n_u32(window->reciprocal)));

    mean = vnegq_m_s32(mean, mean, vcmpltq_n_s32(sum, 0));
    return vminq_s32(vmaxq_s32(mean, vdupq_n_s32(window->act_min)), vdupq_n_s32(window->act_max));
}

/* All channels of one output; x: the window's first element. */
static inline void mcu_avgpool_mve(const mcu_pool_window_mve *window, const int8_t *x, int8_t *y)
{
    int32_t ch = 0;

    for (; ch + 16 <= window->channels; ch += 16) {
        int32x4_t sum[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};

        for (int32_t row = 0; row < window->rows; ++row) {
            const int8_t *next = x + row * window->row + ch;
            for (int32_t col = 0; col < window->cols; ++col, next += window->channels) {
                sum[0] = vaddq_s32(sum[0], vldrbq_s32(next));
                sum[1] = vaddq_s32(sum[1], vldrbq_s32(next + 4));
                sum[2] = vaddq_s32(sum[2], vldrbq_s32(next + 8));
                sum[3] = vaddq_s32(sum[3], vldrbq_s32(next + 12));
            }
        }
        for (int32_t i = 0; i < 4; ++i) {
            vstrbq_s32(y + ch + 4 * i, mcu_mean_of_sum_mve(sum[i], window));
        }
    }
    for (; ch < window->channels; ch += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)(window->channels - ch));
        int32x4_t sum = vdupq_n_s32(0);

        for (int32_t row = 0; row < window->rows; ++row) {
            const int8_t *next = x + row * window->row + ch;
            for (int32_t col = 0; col < window->cols; ++col, next += window->channels) {
                sum = vaddq_s32(sum, vldrbq_z_s32(next, inside));
            }
        }
        vstrbq_p_s32(y + ch, mcu_mean_of_sum_mve(sum, window), inside);
    }
}

#endif
