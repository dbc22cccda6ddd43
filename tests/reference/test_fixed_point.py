"""The fixed-point arithmetic against exact rationals."""

from fractions import Fraction
from math import exp, floor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcucompile.reference.fixed_point import (
    doubling_high_multiply,
    exp_on_negative_values,
    one_over_one_plus_x,
    quantize_multiplier,
    requantize,
    rounding_right_shift,
    saturating_left_shift,
)

int32s = st.integers(-(2**31), 2**31 - 1)
multipliers = st.integers(2**30, 2**31 - 1)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def half_away(value: Fraction) -> int:
    return half_up(value) if value >= 0 else -half_up(-value)


@given(int32s, int32s)
@example(-(2**31), -(2**31))
@example(-(2**30), 1)
@example(2**30, 1)
def test_doubling_high_multiply_rounds_halves_up_and_saturates(a: int, b: int) -> None:
    assert doubling_high_multiply(a, b) == min(half_up(Fraction(a * b, 2**31)), 2**31 - 1)


@given(int32s, st.integers(0, 62))
@example(-1, 1)
@example(1, 1)
@example(-3, 1)
@example(-(2**31), 31)
@example(2**31 - 1, 0)
def test_right_shift_rounds_halves_away_from_zero(x: int, exponent: int) -> None:
    assert rounding_right_shift(x, exponent) == half_away(Fraction(x, 2**exponent))


@given(int32s, st.integers(0, 31))
def test_left_shift_saturates(x: int, exponent: int) -> None:
    assert saturating_left_shift(x, exponent) == max(min(x * 2**exponent, 2**31 - 1), -(2**31))


@given(st.data(), multipliers, st.integers(-31, 30))
def test_requantize_rounds_twice(data: st.DataObject, multiplier: int, shift: int) -> None:
    left, right = max(shift, 0), max(-shift, 0)
    acc = data.draw(st.integers(-(2 ** (31 - left)), 2 ** (31 - left) - 1))
    high = half_up(Fraction((acc << left) * multiplier, 2**31))
    assert requantize(acc, multiplier, shift) == half_away(Fraction(high, 2**right))


def test_requantize_takes_a_factor_per_channel() -> None:
    acc = np.array([[100, 100, -100], [7, 7, -7]])
    multiplier = np.array([2**30, 2**30, 2**30], np.int32)
    shift = np.array([0, 1, -1], np.int32)
    assert requantize(acc, multiplier, shift).tolist() == [[50, 100, -25], [4, 7, -2]]


@pytest.mark.parametrize(("acc", "shift"), [(2**31, 0), (-(2**31) - 1, -5), (2**20, 11)])
def test_requantize_refuses_what_leaves_32_bits(acc: int, shift: int) -> None:
    with pytest.raises(OverflowError, match="does not fit in 32 bits"):
        requantize(acc, 2**30, shift)


@given(st.floats(2.0**-31, 2.0**30 - 1))
@example(1.0)
@example(1 - 2.0**-40)
def test_quantize_multiplier_is_the_nearest_factor(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert abs(Fraction(multiplier, 2**31) * Fraction(2) ** shift - Fraction(real)) <= Fraction(2) ** (shift - 32)


@pytest.mark.parametrize(
    ("real", "factor"),
    [(0.0, (0, 0)), (0.5, (2**30, 0)), (1.0, (2**30, 1)), (2.0**-32, (2**30, -31)), (2.0**-33, (0, 0)),
     (1 - 2.0**-40, (2**30, 1)), (0.75, (3 * 2**29, 0))],
)  # fmt: skip  # one line a case takes the whole screen
def test_quantize_multiplier_at_the_edges(real: float, factor: tuple[int, int]) -> None:
    assert quantize_multiplier(real) == factor


def test_quantize_multiplier_of_an_array() -> None:
    multiplier, shift = quantize_multiplier(np.array([0.0, 0.25, 3.0]))
    assert (multiplier.dtype, shift.dtype) == (np.int32, np.int32)
    assert multiplier.tolist() == [0, 2**30, 3 * 2**29]
    assert shift.tolist() == [0, -1, 2]


@pytest.mark.parametrize("real", [-1.0, float("nan"), float("inf"), 2.0**30])
def test_quantize_multiplier_refuses(real: float) -> None:
    with pytest.raises(ValueError, match="a factor must be"):
        quantize_multiplier(real)


@given(st.integers(-31 * 2**26, 0))
@example(0)
@example(-(2**24))
def test_exponential_is_close(x: int) -> None:
    assert abs(int(exp_on_negative_values(x)) / 2**31 - exp(x / 2**26)) < 2e-6


@given(st.integers(0, 2**31 - 1))
@example(0)
def test_reciprocal_is_close(x: int) -> None:
    assert abs(int(one_over_one_plus_x(x)) / 2**31 - 1 / (1 + x / 2**31)) < 1e-7
