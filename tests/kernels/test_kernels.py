"""Every C kernel against the integer reference, bit for bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.reference import int8
from mcucompile.reference.softmax import softmax_factor, softmax_s8
from tests import int8_cases as cases
from tests.int8_cases import Case
from tests.kernels.arm_traps import depthwise_3x3_padded_right, pointwise_padded_behind
from tests.kernels.cmsis_abi import Kernels

many = settings(max_examples=150, deadline=None)


@given(case=cases.convolutions())
@many
def test_convolve(kernels: Kernels, case: Case) -> None:
    expected = int8.convolve_s8(**case)
    np.testing.assert_array_equal(kernels.convolve_s8(**case, function="arm_convolve_s8"), expected)
    if kernels.is_bundled or not pointwise_padded_behind(case):
        np.testing.assert_array_equal(kernels.convolve_s8(**case), expected)


@given(case=cases.pointwise_convolutions())
@many
def test_convolve_1x1(kernels: Kernels, case: Case) -> None:
    expected = int8.convolve_s8(**case)
    np.testing.assert_array_equal(kernels.convolve_s8(**case), expected)
    np.testing.assert_array_equal(kernels.convolve_s8(**case, function="arm_convolve_1x1_s8"), expected)


@given(case=cases.pointwise_convolutions(stride=(1, 1)))
@many
def test_convolve_1x1_fast(kernels: Kernels, case: Case) -> None:
    expected = int8.convolve_s8(**case)
    np.testing.assert_array_equal(kernels.convolve_s8(**case), expected)
    np.testing.assert_array_equal(kernels.convolve_s8(**case, function="arm_convolve_1x1_s8_fast"), expected)


@given(case=cases.depthwise_convolutions())
@many
def test_depthwise_conv(kernels: Kernels, case: Case) -> None:
    expected = int8.depthwise_conv_s8(**case)
    np.testing.assert_array_equal(kernels.depthwise_conv_s8(**case, function="arm_depthwise_conv_s8"), expected)
    if kernels.is_bundled or not depthwise_3x3_padded_right(case):
        np.testing.assert_array_equal(kernels.depthwise_conv_s8(**case), expected)


@given(case=cases.plain_3x3_depthwise_convolutions())
@many
def test_depthwise_conv_3x3(kernels: Kernels, case: Case) -> None:
    expected = int8.depthwise_conv_s8(**case)
    if kernels.is_bundled or not depthwise_3x3_padded_right(case):
        np.testing.assert_array_equal(kernels.depthwise_conv_s8(**case), expected)
    if kernels.is_bundled:
        np.testing.assert_array_equal(kernels.depthwise_conv_s8(**case, function="arm_depthwise_conv_3x3_s8"), expected)


@given(case=cases.fully_connected_layers())
@many
def test_fully_connected(kernels: Kernels, case: Case) -> None:
    np.testing.assert_array_equal(kernels.fully_connected_s8(**case), int8.fully_connected_s8(**case))


@given(case=cases.additions(), in_place=st.sampled_from([None, 1, 2]))
@many
def test_elementwise_add(kernels: Kernels, case: Case, in_place: int | None) -> None:
    np.testing.assert_array_equal(
        kernels.elementwise_add_s8(**case, in_place=in_place), int8.elementwise_add_s8(**case)
    )


@given(case=cases.multiplications(), in_place=st.sampled_from([None, 1, 2]))
@many
def test_elementwise_mul(kernels: Kernels, case: Case, in_place: int | None) -> None:
    np.testing.assert_array_equal(
        kernels.elementwise_mul_s8(**case, in_place=in_place), int8.elementwise_mul_s8(**case)
    )


@given(case=cases.channel_scalings(), in_place=st.booleans())
@many
def test_channel_scale(bundled_kernels: Kernels, case: Case, in_place: bool) -> None:
    y = bundled_kernels.channel_scale_s8(**case, in_place=in_place)
    np.testing.assert_array_equal(y, int8.elementwise_mul_s8(**case))


@given(case=cases.means())
@many
def test_mean(bundled_kernels: Kernels, case: Case) -> None:
    y = bundled_kernels.mean_s8(**case)
    np.testing.assert_array_equal(y, int8.mean_s8(**case))
    height, width, channels = case["x"].shape[1:]
    ones = np.ones((height, width, channels), np.int8)
    sizes = {"stride": (1, 1), "padding": (0, 0, 0, 0), "dilation": (1, 1)}
    as_depthwise = int8.depthwise_conv_s8(weights=ones, bias=np.zeros(channels, np.int32), **sizes, **case)
    np.testing.assert_array_equal(y, as_depthwise)


@given(x=cases.concatenations())
@many
def test_concat(bundled_kernels: Kernels, x: list[np.ndarray]) -> None:
    np.testing.assert_array_equal(bundled_kernels.concat_s8(*x), int8.concat_s8(*x))


@given(case=cases.poolings())
@many
def test_avgpool(kernels: Kernels, case: Case) -> None:
    np.testing.assert_array_equal(kernels.avgpool_s8(**case), int8.avgpool_s8(**case))


@given(case=cases.poolings())
@many
def test_max_pool(kernels: Kernels, case: Case) -> None:
    np.testing.assert_array_equal(kernels.max_pool_s8(**case), int8.max_pool_s8(**case))


@given(x=cases.softmax_inputs(), scale=st.floats(2.0**-27, 20.0), in_place=st.booleans())
@many
def test_softmax(kernels: Kernels, x: np.ndarray, scale: float, in_place: bool) -> None:
    factor = softmax_factor(scale)
    np.testing.assert_array_equal(kernels.softmax_s8(x, *factor, in_place=in_place), softmax_s8(x, *factor))


@given(x=cases.softmax_inputs(), seed=st.integers(0, 2**32 - 1), in_place=st.booleans())
@many
def test_lookup(bundled_kernels: Kernels, x: np.ndarray, seed: int, in_place: bool) -> None:
    table = np.random.default_rng(seed).integers(-128, 128, 256).astype(np.int8)
    np.testing.assert_array_equal(bundled_kernels.lookup_s8(x, table, in_place=in_place), int8.lookup_s8(x, table))


@given(skipped=st.integers(0, 150), kept=st.integers(0, 200), rest=st.integers(0, 3), seed=st.integers(0, 2**32 - 1))
@many
def test_slide_rows(bundled_kernels: Kernels, skipped: int, kept: int, rest: int, seed: int) -> None:
    window = np.random.default_rng(seed).integers(-128, 128, skipped + kept + rest).astype(np.int8)
    moved = bundled_kernels.slide_rows(window, skipped, kept)
    np.testing.assert_array_equal(moved[:kept], window[skipped : skipped + kept])
    np.testing.assert_array_equal(moved[kept:], window[kept:], "bytes behind what was moved")


def test_softmax_of_many_rows(kernels: Kernels) -> None:
    x = np.random.default_rng(1).integers(-128, 128, (4000, 40)).astype(np.int8)
    for scale in (0.003, 0.02, 0.1):
        factor = softmax_factor(scale)
        np.testing.assert_array_equal(kernels.softmax_s8(x, *factor), softmax_s8(x, *factor))


def test_softmax_of_many_equal_elements(bundled_kernels: Kernels) -> None:
    for size in (511, 512, 513, 1024, 2047, 2048, 4095):
        x, factor = np.zeros((1, size), np.int8), softmax_factor(0.1)
        np.testing.assert_array_equal(bundled_kernels.softmax_s8(x, *factor), softmax_s8(x, *factor))
