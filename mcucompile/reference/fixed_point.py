"""Fixed-point arithmetic of the int8 scheme: 32-bit values, kept in int64 arrays so that nothing can overflow unseen.

A factor is a pair (multiplier, shift) that stands for multiplier / 2^31 · 2^shift. Rounding is gemmlowp's, as TFLite
and CMSIS-NN use it: once in the doubling high multiply, once in the right shift.
"""

from typing import overload

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Integers = npt.NDArray[np.integer] | np.integer | int

INT32_MIN = -(2**31)
INT32_MAX = 2**31 - 1


@overload
def quantize_multiplier(real: float) -> tuple[int, int]: ...
@overload
def quantize_multiplier(real: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]: ...
def quantize_multiplier(
    real: float | npt.NDArray[np.floating],
) -> tuple[int, int] | tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The nearest factor: multiplier in [2^30, 2^31), shift in [-31, 30]; ints for a float, int32 arrays for an array.

    Zero, and anything too small for a shift of -31, becomes (0, 0). TFLite's QuantizeMultiplier.
    Raises ValueError for a factor that is negative, not finite or 2^30 and more.

    >>> quantize_multiplier(0.75)
    (1610612736, 0)
    """
    factors = np.asarray(real, np.float64)
    if not np.all(np.isfinite(factors) & (factors >= 0)):
        raise ValueError(f"a factor must be finite and not negative: {real}")
    fraction, exponent = np.frexp(factors)
    multiplier = np.floor(fraction * 2.0**31 + 0.5).astype(np.int64)
    carried = multiplier == 2**31
    multiplier = np.where(carried, 2**30, multiplier)
    shift = exponent.astype(np.int64) + carried
    if np.any(shift > 30):
        raise ValueError(f"a factor must be less than 2^30: {real}")
    vanishes = shift < -31
    multiplier, shift = np.where(vanishes, 0, multiplier), np.where(vanishes, 0, shift)
    if factors.ndim == 0:
        return int(multiplier), int(shift)
    return multiplier.astype(np.int32), shift.astype(np.int32)


def doubling_high_multiply(a: Integers, b: Integers) -> Int64:
    """floor((a·b + 2^30) / 2^31) of 32-bit a and b, saturated (only -2^31 · -2^31 needs it). VQRDMULH; broadcasts."""
    h: Int64 = (np.asarray(a, np.int64) * np.asarray(b, np.int64) + 2**30) >> 31
    return h.clip(max=INT32_MAX)


def rounding_right_shift(x: Integers, exponent: Integers) -> Int64:
    """Nearest integer to x / 2^exponent, halves away from zero; exponent in [0, 62]; broadcasts.

    gemmlowp's RoundingDivideByPOT.
    """
    x, exponent = np.asarray(x, np.int64), np.asarray(exponent, np.int64)
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return np.asarray((x >> exponent) + ((x & mask) > threshold))


def saturating_left_shift(x: Integers, exponent: int) -> Int64:
    """Product of x and 2^exponent, saturated to 32 bits; exponent in [0, 31]."""
    shifted: Int64 = np.asarray(x, np.int64) << exponent
    return shifted.clip(INT32_MIN, INT32_MAX)


def requantize(acc: Integers, multiplier: Integers, shift: Integers) -> Int64:
    """Accumulators times a factor, with both roundings; one factor, or one per channel (broadcasts).

    TFLite's MultiplyByQuantizedMultiplier. The multiplier is in [2^30, 2^31) or 0, the shift in [-31, 30].
    Raises OverflowError where `acc << max(shift, 0)` leaves 32 bits: there the C kernels have no meaning.
    """
    shift = np.asarray(shift, np.int64)
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    shifted = np.asarray(acc, np.int64) << left
    if shifted.size and (shifted.min() < INT32_MIN or shifted.max() > INT32_MAX):
        raise OverflowError("an accumulator, shifted left for requantization, does not fit in 32 bits")
    return rounding_right_shift(doubling_high_multiply(shifted, multiplier), right)


# e^(-2^k) for k = -2 … 4, in Q31.
_EXP_OF_POWER = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
_EXP_OF_MINUS_EIGHTH = 1895147668  # e^(-1/8), Q31
_ONE_THIRD = 715827883  # 1/3, Q31


def exp_on_negative_values(x: Integers) -> Int64:
    """e^x in Q31 of x <= 0 in Q26 (five integer bits). gemmlowp's exp_on_negative_values.

    x = r - n/4 with r in [-1/4, 0): a fourth-order Taylor polynomial around -1/8 gives e^r; each set bit of n
    multiplies by its power of e.
    """
    x = np.asarray(x, np.int64)
    quarter = 1 << 24
    r = (x & (quarter - 1)) - quarter
    t = (r << 5) + (1 << 28)
    t2 = doubling_high_multiply(t, t)
    t3 = doubling_high_multiply(t2, t)
    t4 = doubling_high_multiply(t2, t2)
    higher = doubling_high_multiply(rounding_right_shift(t4, 2) + t3, _ONE_THIRD) + t2
    taylor = t + rounding_right_shift(higher, 1)
    result = _EXP_OF_MINUS_EIGHTH + doubling_high_multiply(_EXP_OF_MINUS_EIGHTH, taylor)
    remainder = r - x
    for bit, power in enumerate(_EXP_OF_POWER, start=24):
        result = np.where(remainder & (1 << bit), doubling_high_multiply(result, power), result)
    return np.where(x == 0, INT32_MAX, result)


_48_OVER_17 = 1515870810  # Q29
_MINUS_32_OVER_17 = -1010580540  # Q29


def one_over_one_plus_x(x: Integers) -> Int64:
    """1 / (1 + x) in Q31 of x in [0, 1) in Q31, by three Newton-Raphson steps.

    gemmlowp's one_over_one_plus_x_for_x_in_0_1.
    """
    half_denominator = (np.asarray(x, np.int64) + INT32_MAX + 1) >> 1
    y = _48_OVER_17 + doubling_high_multiply(half_denominator, _MINUS_32_OVER_17)
    for _ in range(3):
        error = (1 << 29) - doubling_high_multiply(half_denominator, y)
        y = y + saturating_left_shift(doubling_high_multiply(y, error), 2)
    return saturating_left_shift(y, 1)
