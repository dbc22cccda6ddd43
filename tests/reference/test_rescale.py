"""Rescaling in floating point against the fixed-point definition, where roundings fall."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.reference.fixed_point import requantize
from mcucompile.reference.rescale import Rescale

ends = st.sampled_from([(-128, 127), (-128, 20), (0, 127), (-5, 5), (127, 127)])
multipliers = st.one_of(st.integers(2**30, 2**31 - 1), st.sampled_from([0, 2**30, 2**30 + 1, 2**31 - 1]))


def near_the_steps(rng: np.random.Generator, largest: int, bias: int, multiplier: int, shift: int) -> np.ndarray:
    """Sums up to `largest` around those that take the result from one int8 to the next, and some others."""
    steps = (np.arange(-300, 300) - 0.5) * 2.0 ** (31 - shift) / max(multiplier, 2**30) - bias
    around = np.floor(steps).clip(-(2.0**40), 2.0**40).astype(np.int64)[:, np.newaxis] + np.arange(-2, 4)
    return np.concatenate([around.ravel(), rng.integers(-largest, largest + 1, 400)]).clip(-largest, largest)


@given(st.data(), st.integers(1, 2**16), multipliers, st.integers(-31, 4), ends, st.integers(-128, 127))
@settings(max_examples=400, deadline=None)
def test_rescale_is_requantize(
    data: st.DataObject, weight: int, multiplier: int, shift: int, limits: tuple[int, int], output_offset: int
) -> None:
    largest = 128 * weight
    room = 2 ** (31 - max(shift, 0)) - 1 - largest
    centre = int(np.clip(data.draw(st.integers(-200, 200)) * 2.0**-shift, -room, room))
    bias = int(np.clip(data.draw(st.sampled_from([0, 1, -1, 12345, centre, room, -room])), -room, room))
    sums = near_the_steps(np.random.default_rng(weight), largest, bias, multiplier, shift)
    rescale = Rescale(np.array([[weight]]), np.array([bias], np.int32), 0, multiplier, shift, output_offset, *limits)
    expected = (requantize(sums + bias, multiplier, shift) + output_offset).clip(*limits)
    np.testing.assert_array_equal(rescale(sums[np.newaxis].astype(np.float64))[0], expected)


def test_channels_that_are_exact_constant_and_neither() -> None:
    weights = np.array([[100], [1], [2**16], [100]])
    bias = np.array([5, 2**30, 2**30, -5], np.int32)
    multiplier, shift = np.array([2**30 + 7, 2**30 + 1, 2**30 + 9, 2**31 - 1]), np.array([-6, -23, -24, -7])
    sums = np.arange(-12800, 12800, dtype=np.float32) * (weights / 100).astype(np.float32)
    rescale = Rescale(weights, bias, 0, multiplier, shift, 0, -128, 127)
    acc = sums.astype(np.int64) + bias[:, np.newaxis]
    expected = requantize(acc, multiplier[:, np.newaxis], shift[:, np.newaxis]).clip(-128, 127)
    np.testing.assert_array_equal(rescale(sums), expected)
    np.testing.assert_array_equal(rescale(sums[1:3], slice(1, 3)), expected[1:3])


def test_what_double_precision_would_round_up_is_not() -> None:
    """54564729 · 1320589221 is three units of 2^-57 short of the step to 1."""
    rescale = Rescale(np.array([[1]]), np.array([54564729], np.int32), 0, 1320589221, -26, 0, 0, 127)
    assert rescale(np.array([[0.0, 1.0]])).tolist() == [[0, 1]]


def test_an_input_offset_is_moved_to_the_bias() -> None:
    rescale = Rescale(np.array([[3, -1]]), np.array([10], np.int32), 7, 2**30, 1, 0, -128, 127)
    assert rescale(np.zeros((1, 1))).item() == 10 + 7 * 2


@pytest.mark.parametrize(("products", "real"), [(1040, np.float32), (1041, np.float64)])
def test_sums_above_24_bits_are_taken_in_double_precision(products: int, real: type) -> None:
    weights = np.full((1, products), 126)
    assert Rescale(weights, np.zeros(1, np.int32), 0, 2**30, 0, 0, -128, 127).real == real


def test_only_the_accumulators_that_occur_must_fit() -> None:
    rescale = Rescale(np.array([[2**20]]), np.array([2**30], np.int32), 0, 2**30, 1, 0, -128, 127)
    assert rescale(np.array([[-(2.0**30)]])).item() == 0
    with pytest.raises(OverflowError, match="does not fit in 32 bits"):
        rescale(np.array([[1.0]]))
