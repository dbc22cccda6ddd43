"""Softmax on int8: TFLite's fixed-point algorithm. The output's scale is 1/256 and its zero point -128."""

import numpy as np

from mcucompile.reference.fixed_point import (
    Int64,
    doubling_high_multiply,
    exp_on_negative_values,
    one_over_one_plus_x,
    quantize_multiplier,
    rounding_right_shift,
)
from mcucompile.reference.int8 import Int8

INTEGER_BITS = 5  # of the exponent's argument: Q26 reaches down to -32
ACCUM_BITS = 12  # integer bits of the sum: Q19 holds at most 4095 ones


def softmax_factor(scale: float) -> tuple[int, int, int]:
    """(multiplier, shift, diff_min) for inputs of this scale: what takes x - max to Q26, and the least x - max there.

    TFLite's PreprocessSoftmaxScaling and CalculateInputRadius, with beta = 1. A scale above 16 is taken for 16: e^-16
    is below half a step of the output. Raises ValueError if the scale is below 2^-27, where the shift would go right.
    """
    multiplier, shift = quantize_multiplier(min(scale * 2.0 ** (31 - INTEGER_BITS), 2.0**30 - 1))
    if shift < 0 or multiplier == 0:
        raise ValueError(f"softmax: the input's scale {scale} is below 2^-27")
    return multiplier, shift, -int((2**INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS) // 2**shift)


def softmax_s8(x: Int8, multiplier: int, shift: int, diff_min: int) -> Int8:
    """Softmax over the last axis, at most 4095 elements; an element more than -diff_min below the largest gives -128.

    Raises OverflowError if the sum of the exponentials leaves 32 bits.
    """
    diff = x.astype(np.int64) - x.max(axis=-1, keepdims=True)
    exponential = np.where(diff >= diff_min, _exponential(np.maximum(diff, diff_min), multiplier, shift), 0)
    total = np.sum(rounding_right_shift(exponential, ACCUM_BITS), axis=-1, keepdims=True)
    if np.any(total >= 2**31):
        raise OverflowError("softmax: the sum of the exponentials does not fit in 32 bits")
    headroom = 32 - np.frexp(total.astype(np.float64))[1].astype(np.int64)
    shifted_scale = one_over_one_plus_x((total << headroom) - 2**31)
    bits_over_unit = ACCUM_BITS - headroom + 23
    y = rounding_right_shift(doubling_high_multiply(shifted_scale, exponential), bits_over_unit) - 128
    return np.clip(y, -128, 127).astype(np.int8)


def _exponential(diff: Int64, multiplier: int, shift: int) -> Int64:
    return exp_on_negative_values(doubling_high_multiply(diff << shift, multiplier))
