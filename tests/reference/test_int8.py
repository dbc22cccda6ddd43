"""The int8 operators against the definition, written as nested loops over Python integers."""

from fractions import Fraction
from itertools import product
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.reference import int8
from mcucompile.reference.softmax import softmax_factor, softmax_s8
from tests import int8_cases as cases
from tests.int8_cases import Case

slow = settings(max_examples=40, deadline=None)


def half_away(value: Fraction) -> int:
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def rescale(acc: int, multiplier: int, shift: int, case: Case) -> int:
    high = floor(Fraction(acc * 2 ** max(shift, 0) * multiplier, 2**31) + Fraction(1, 2))
    y = half_away(Fraction(high, 2 ** max(-shift, 0))) + case["output_offset"]
    return max(case["act_min"], min(case["act_max"], y))


def covered(case: Case, kernel: tuple[int, int], dilation: tuple[int, int], out_row: int, out_col: int):
    """Kernel positions that lie inside the input, each with the input row and column it sees."""
    _, height, width, _ = case["x"].shape
    for row, col in product(range(kernel[0]), range(kernel[1])):
        in_row = out_row * case["stride"][0] - case["padding"][0] + row * dilation[0]
        in_col = out_col * case["stride"][1] - case["padding"][2] + col * dilation[1]
        if 0 <= in_row < height and 0 <= in_col < width:
            yield row, col, in_row, in_col


def output_size(case: Case, kernel: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    top, bottom, left, right = case["padding"]
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    return (
        (case["x"].shape[1] + top + bottom - extents[0]) // case["stride"][0] + 1,
        (case["x"].shape[2] + left + right - extents[1]) // case["stride"][1] + 1,
    )


@given(cases.convolutions())
@slow
def test_convolve(case: Case) -> None:
    x, weights = case["x"], case["weights"]
    kernel, dilation = weights.shape[1:3], case["dilation"]
    group_ch = len(weights) // (x.shape[3] // weights.shape[3])
    size = (len(x), *output_size(case, kernel, dilation), len(weights))
    expected = np.empty(size, np.int8)
    for n, out_row, out_col, ch in np.ndindex(*size):
        acc = int(case["bias"][ch])
        for row, col, in_row, in_col in covered(case, kernel, dilation, out_row, out_col):
            for k in range(weights.shape[3]):
                value = int(x[n, in_row, in_col, ch // group_ch * weights.shape[3] + k]) + case["input_offset"]
                acc += value * int(weights[ch, row, col, k])
        expected[n, out_row, out_col, ch] = rescale(acc, int(case["multiplier"][ch]), int(case["shift"][ch]), case)
    np.testing.assert_array_equal(int8.convolve_s8(**case), expected)


@given(cases.depthwise_convolutions())
@slow
def test_depthwise_conv(case: Case) -> None:
    x, weights = case["x"], case["weights"]
    kernel, dilation, ch_mult = weights.shape[:2], case["dilation"], weights.shape[2] // x.shape[3]
    size = (len(x), *output_size(case, kernel, dilation), weights.shape[2])
    expected = np.empty(size, np.int8)
    for n, out_row, out_col, ch in np.ndindex(*size):
        acc = int(case["bias"][ch])
        for row, col, in_row, in_col in covered(case, kernel, dilation, out_row, out_col):
            value = int(x[n, in_row, in_col, ch // ch_mult]) + case["input_offset"]
            acc += value * int(weights[row, col, ch])
        expected[n, out_row, out_col, ch] = rescale(acc, int(case["multiplier"][ch]), int(case["shift"][ch]), case)
    np.testing.assert_array_equal(int8.depthwise_conv_s8(**case), expected)


@pytest.mark.parametrize("width", [11, 12, 13, 25, 60])
@pytest.mark.parametrize(("stride", "dilation"), [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((1, 3), (2, 2))])
def test_depthwise_conv_of_any_width_is_a_grouped_convolution(width: int, stride, dilation) -> None:
    rng = np.random.default_rng(width)
    x = rng.integers(-128, 128, (3, 7, width, 4)).astype(np.int8)
    weights = rng.integers(-127, 128, (3, 3, 4)).astype(np.int8)
    bias = rng.integers(-1000, 1000, 4).astype(np.int32)
    rest = (bias, 5, -7, 2**30 + 12345, -6, stride, (1, 1, 0, 2), dilation, -128, 127)
    expected = int8.convolve_s8(x, weights.transpose(2, 0, 1)[..., np.newaxis], *rest)
    np.testing.assert_array_equal(int8.depthwise_conv_s8(x, weights, *rest), expected)


@pytest.mark.parametrize("operator", [int8.convolve_s8, int8.depthwise_conv_s8])
def test_convolutions_in_small_steps(operator, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(-128, 128, (3, 9, 8, 4)).astype(np.int8)
    shape = (4, 3, 3, 4) if operator is int8.convolve_s8 else (3, 3, 4)
    weights = rng.integers(-127, 128, shape).astype(np.int8)
    factors = rng.integers(2**30, 2**31, 4), np.array([-9, -8, -7, -6])
    rest = (np.arange(4, dtype=np.int32), 5, -7, *factors, (1, 1), (1, 1, 1, 1), (1, 1), -128, 127)
    at_once = operator(x, weights, *rest)
    for cached in (1, 300, 1200):
        monkeypatch.setattr(int8, "CACHED_NUMBERS", cached)
        np.testing.assert_array_equal(operator(x, weights, *rest), at_once)


@given(cases.fully_connected_layers())
@slow
def test_fully_connected(case: Case) -> None:
    weights = case["weights"]
    expected = np.empty((len(case["x"]), 1, 1, len(weights)), np.int8)
    for n, ch in product(range(len(case["x"])), range(len(weights))):
        inputs = [int(v) + case["input_offset"] for v in case["x"][n].flat]
        acc = int(case["bias"][ch]) + sum(v * int(w) for v, w in zip(inputs, weights[ch], strict=True))
        expected[n, 0, 0, ch] = rescale(acc, case["multiplier"], case["shift"], case)
    np.testing.assert_array_equal(int8.fully_connected_s8(**case), expected)


@pytest.mark.parametrize("depth", [514, 515, 5000])
def test_long_sums_are_exact(depth: int) -> None:
    x = np.full((1, 1, 1, depth), 127, np.int8)
    weights = np.full((1, depth), -128, np.int8)
    weights[0, 0] = -127
    exact = -128 * 255 * depth + 255
    for bias in (-exact, -exact + 1, -exact - 1):
        y = int8.fully_connected_s8(x, weights, np.array([bias], np.int32), 128, 0, 2**30, 1, -128, 127)
        assert y.item() == exact + bias


def test_accumulators_must_fit() -> None:
    x = np.full((1, 1, 1, 1), 127, np.int8)
    with pytest.raises(OverflowError):
        int8.fully_connected_s8(x, x[0, 0], np.array([2**31 - 1], np.int32), 0, 0, 2**30, 0, -128, 127)


@given(cases.additions())
@slow
def test_elementwise_add(case: Case) -> None:
    wide = case | {"output_offset": 0, "act_min": -(2**40), "act_max": 2**40}
    expected = []
    for a, b in zip(case["x1"].tolist(), case["x2"].tolist(), strict=True):
        left = (a + case["input_1_offset"]) * 2**20
        right = (b + case["input_2_offset"]) * 2**20
        total = rescale(left, case["input_1_multiplier"], case["input_1_shift"], wide)
        total += rescale(right, case["input_2_multiplier"], case["input_2_shift"], wide)
        expected.append(rescale(total, case["output_multiplier"], case["output_shift"], case))
    assert int8.elementwise_add_s8(**case).tolist() == expected


@given(cases.multiplications())
@slow
def test_elementwise_mul(case: Case) -> None:
    expected = [
        rescale((a + case["input_1_offset"]) * (b + case["input_2_offset"]), case["multiplier"], case["shift"], case)
        for a, b in zip(case["x1"].tolist(), case["x2"].tolist(), strict=True)
    ]
    assert int8.elementwise_mul_s8(**case).tolist() == expected


def test_elementwise_mul_scales_channels() -> None:
    x1 = np.arange(12, dtype=np.int8).reshape(1, 2, 2, 3)
    x2 = np.array([1, 2, -1], np.int8).reshape(1, 1, 1, 3)
    np.testing.assert_array_equal(int8.elementwise_mul_s8(x1, x2, 0, 0, 0, 2**30, 1, -128, 127), x1 * x2)


@given(cases.poolings())
@slow
def test_pooling(case: Case) -> None:
    x, kernel = case["x"], case["kernel"]
    size = (len(x), *output_size(case, kernel, (1, 1)), x.shape[3])
    average, largest = np.empty(size, np.int8), np.empty(size, np.int8)
    for n, out_row, out_col, ch in np.ndindex(*size):
        seen = [int(x[n, row, col, ch]) for _, _, row, col in covered(case, kernel, (1, 1), out_row, out_col)]
        mean = half_away(Fraction(sum(seen), len(seen)))
        average[n, out_row, out_col, ch] = max(case["act_min"], min(case["act_max"], mean))
        largest[n, out_row, out_col, ch] = max(case["act_min"], min(case["act_max"], max(seen)))
    np.testing.assert_array_equal(int8.avgpool_s8(**case), average)
    np.testing.assert_array_equal(int8.max_pool_s8(**case), largest)


@pytest.mark.parametrize("pool", [int8.avgpool_s8, int8.max_pool_s8])
def test_pooling_refuses_a_window_of_padding_only(pool) -> None:
    with pytest.raises(ValueError, match="lies wholly in the padding"):
        pool(np.zeros((1, 2, 2, 1), np.int8), (1, 1), (1, 1), (0, 0, 1, 0), -128, 127)


def test_lookup() -> None:
    table = np.arange(127, -129, -1).astype(np.int8)
    x = np.array([[-128, 0, 127]], np.int8)
    assert int8.lookup_s8(x, table).tolist() == [[127, -1, -128]]


@given(cases.softmax_inputs(), st.floats(1e-3, 2.0))
@slow
def test_softmax_is_within_one_step_of_the_real_one(x: np.ndarray, scale: float) -> None:
    power = np.exp((x - x.max(axis=-1, keepdims=True).astype(np.float64)) * scale)
    real = power / power.sum(axis=-1, keepdims=True) * 256 - 128
    assert np.abs(softmax_s8(x, *softmax_factor(scale)) - np.minimum(real, 127)).max() <= 1


def test_softmax_of_many_equal_elements() -> None:
    for size, each in [(1, 127), (2, 0), (256, -127), (511, -127), (513, -128), (4095, -128)]:
        y = softmax_s8(np.zeros((1, size), np.int8), *softmax_factor(0.1))
        assert y.min() == y.max() == each
    with pytest.raises(OverflowError, match="sum of the exponentials"):
        softmax_s8(np.zeros((1, 4096), np.int8), *softmax_factor(0.1))


def test_softmax_factor() -> None:
    assert softmax_factor(2.0**-6) == (2**30, 21, -992)
    assert softmax_factor(100.0)[1:] == (30, -1)
    with pytest.raises(ValueError, match=r"scale 1e-09 is below 2\^-27"):
        softmax_factor(1e-9)
