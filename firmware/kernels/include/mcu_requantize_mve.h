/* Requantization of four lanes with Helium: mcu_fixed_point.h, vectorized. Only for cores with __ARM_FEATURE_MVE.
 *
 * VQRDMULH is the doubling high multiplication with the contract's rounding; VRSHL rounds halves up, so a negative
 * number that is divided is made smaller by one first. Where the clamp's lower end is not below zero, a negative number
 * ends there whatever its rounding, and that step goes: `is_plain` says so, and that no shift is positive and that the
 * clamp is int8's range.
 */
#ifndef MCU_REQUANTIZE_MVE_H
#define MCU_REQUANTIZE_MVE_H

#include <arm_mve.h>
#include <stdint.h>

/* Where the activations lie, as lanes are clamped: before the output offset is added. */
typedef struct {
    int32_t output_offset;
    int32_t act_min;
    int32_t act_max;
} mcu_output_mve;

/* The same for assembly, before and after the output offset: [low - offset, high - offset], then + offset. */
typedef struct {
    int32x4_t low;
    int32x4_t high;
    int32x4_t offset;
} mcu_clamp_mve;

static inline mcu_clamp_mve mcu_clamp_of_mve(mcu_output_mve output)
{
    const mcu_clamp_mve clamp = {vdupq_n_s32(output.act_min - output.output_offset),
                                 vdupq_n_s32(output.act_max - output.output_offset), vdupq_n_s32(output.output_offset)};
    return clamp;
}

static inline int mcu_is_plain_mve(mcu_output_mve output, int32_t largest_shift)
{
    const int32_t differs = (output.output_offset + 128) | (output.act_min + 128) | (output.act_max - 127);
    return largest_shift <= 0 && differs == 0;
}

/* mcu_requantize of four lanes; is_plain: right up to the sign of halves, and only for shifts that are not positive. */
static inline int32x4_t mcu_requantize_mve(int32x4_t acc, int32x4_t multiplier, int32x4_t shift, int is_plain)
{
    if (is_plain) {
        return vrshlq_s32(vqrdmulhq_s32(acc, multiplier), shift);
    } else {
        const int32x4_t zero = vdupq_n_s32(0);
        const int32x4_t right = vminq_s32(shift, zero);
        const int32x4_t high = vqrdmulhq_s32(vshlq_s32(acc, vmaxq_s32(shift, zero)), multiplier);
        return vrshlq_s32(vqaddq_s32(high, vshrq_n_s32(vandq_s32(high, right), 31)), right);
    }
}

/* mcu_rescale_s8 of four lanes; the result is the lowest byte of each. */
static inline int32x4_t mcu_rescale_mve(int32x4_t acc, int32x4_t multiplier, int32x4_t shift, mcu_output_mve output,
                                        int is_plain)
{
    const int32x4_t y = mcu_requantize_mve(acc, multiplier, shift, is_plain);

    if (is_plain) {
        const int32x4_t moved = vqaddq_n_s32(y, -128);
        const int16x8_t halves = vqmovnbq_s32(vreinterpretq_s16_s32(moved), moved);
        return vreinterpretq_s32_s8(vqmovnbq_s16(vreinterpretq_s8_s16(halves), halves));
    } else {
        const int32x4_t low = vdupq_n_s32(output.act_min - output.output_offset);
        const int32x4_t high = vdupq_n_s32(output.act_max - output.output_offset);
        return vaddq_n_s32(vminq_s32(vmaxq_s32(y, low), high), output.output_offset);
    }
}

/* In assembly, the end of a plain output: rescaled lanes to the lowest byte of each; %[offset] is -128. */
#define MCU_PLAIN_BYTES(q) "vqadd.s32 " q ", " q ", %[offset]\n vqmovnb.s32 " q ", " q "\n vqmovnb.s16 " q ", " q "\n"

/* All of it in assembly: q4 from accumulator to output, with the next four of the tables at `multiplier` and `shift`.
 * q5 and q6 are free to use. Plain: q7 holds -128. */
#define MCU_RESCALE_PLAIN_MVE                                                                                          \
    "vldrw.32 q5, [%[multiplier]], #16\n vqrdmulh.s32 q4, q4, q5\n"                                                    \
    "vldrw.32 q6, [%[shift]], #16\n vrshl.s32 q4, q4, q6\n"                                                            \
    "vqadd.s32 q4, q4, q7\n vqmovnb.s32 q4, q4\n vqmovnb.s16 q4, q4\n"

/* Any: q7 is free too; %[held] is the address of an mcu_clamp_mve. */
#define MCU_RESCALE_ANY_MVE                                                                                            \
    "vldrw.32 q5, [%[shift]], #16\n vmov.i32 q6, #0\n vmax.s32 q7, q5, q6\n vmin.s32 q5, q5, q6\n"                     \
    "vshl.s32 q4, q4, q7\n vldrw.32 q7, [%[multiplier]], #16\n vqrdmulh.s32 q4, q4, q7\n"                              \
    "vand q6, q4, q5\n vshr.s32 q6, q6, #31\n vqadd.s32 q4, q4, q6\n vrshl.s32 q4, q4, q5\n"                           \
    "vldrw.32 q5, [%[held]]\n vmax.s32 q4, q4, q5\n vldrw.32 q6, [%[held], #16]\n vmin.s32 q4, q4, q6\n"               \
    "vldrw.32 q7, [%[held], #32]\n vadd.i32 q4, q4, q7\n"

#endif
