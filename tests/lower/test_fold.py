"""The zero point in the bias: the same accumulators, and never where they could differ."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.program import InputMode, KernelLibrary, Layer
from mcucompile.ir.tensors import Array, Quantization, Shape, TensorType
from mcucompile.lower import lower
from mcucompile.lower.fold import fold_zero_point
from mcucompile.reference.int8 import convolve_s8
from mcucompile.target import CORES
from tests.lower.int8_nodes import (
    INT8,
    convolution,
    depthwise,
    factors,
    fully_connected,
    graph_of,
    one_factor,
    window,
)


def layer(operator: Conv2D | DepthwiseConv2D | FullyConnected, shape: Shape, zero_point: int = 3) -> Layer:
    graph = graph_of(operator, shape, zero_point)
    return lower(graph, CORES["cortex-m4"], KernelLibrary.BUNDLED, InputMode.ARENA).layers[0]


def bias_of(layer: Layer) -> Array:
    assert layer.bias is not None
    return layer.bias


def test_bias_without_padding() -> None:
    operator = FullyConnected(
        np.array([[1, 2, 3], [-127, 0, 1]], np.int8), np.array([10, -20], np.int32), INT8, one_factor(2)
    )
    folded = layer(operator, Shape(1, 1, 3), zero_point=-128)
    assert folded.input_offsets == (0,)
    np.testing.assert_array_equal(bias_of(folded), [10 + 128 * 6, -20 - 128 * 126])
    assert bias_of(folded).dtype == np.int32


def test_depthwise_weights_are_summed_by_channel() -> None:
    operator = depthwise(window(), 4, 2)
    folded = layer(operator, Shape(5, 5, 4), zero_point=7)
    sums = operator.weights.astype(np.int32).sum(axis=(0, 1))
    np.testing.assert_array_equal(bias_of(folded), operator.bias - 7 * sums)


@pytest.mark.parametrize("pad", [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)])
def test_padding_keeps_the_offset(pad: tuple[int, int, int, int]) -> None:
    operator = convolution(window(pad=pad), 4, 8)
    kept = layer(operator, Shape(6, 6, 4))
    assert kept.input_offsets == (-3,)
    np.testing.assert_array_equal(bias_of(kept), operator.bias)


def test_padding_that_no_window_reaches_does_not_count() -> None:
    operator = convolution(window(stride=(2, 2), pad=(0, 1, 0, 1)), 4, 8)
    assert layer(operator, Shape(7, 7, 4)).input_offsets == (0,)
    assert layer(operator, Shape(6, 6, 4)).input_offsets == (-3,)


@pytest.mark.parametrize(
    ("below", "offset", "kernel"), [(0, 0, "fully_connected_s8"), (1, -127, "convolve_1x1_s8_fast")]
)
def test_an_accumulator_that_might_leave_32_bits_keeps_the_offset(below: int, offset: int, kernel: str) -> None:
    """128 weights of 127: the bias falls by 127 · 16256, and inputs of -128 take off another 128 · 16256."""
    lowest = -(2**31 - 1) + (127 + 128) * 16256
    bias = np.array([lowest - below], np.int32)
    operator = FullyConnected(np.full((1, 128), 127, np.int8), bias, INT8, one_factor(1))
    lowered = layer(operator, Shape(1, 1, 128), zero_point=127)
    assert lowered.input_offsets == (offset,)
    assert lowered.kernel == f"arm_{kernel}"
    np.testing.assert_array_equal(bias_of(lowered), [lowest - 127 * 16256] if offset == 0 else bias)


def test_fully_connected_layers_are_folded() -> None:
    assert layer(fully_connected(16, 3, factors(3)), Shape(2, 2, 4)).input_offsets == (0,)


@given(
    st.integers(-128, 127),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(*[st.integers(0, 1)] * 4),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
@settings(max_examples=50, deadline=None)
def test_bits_stay_the_same(
    zero_point: int, kernel: tuple[int, int], pad: tuple[int, int, int, int], stride: tuple[int, int]
) -> None:
    operator = convolution(window(kernel, stride, pad), 4, 8)
    source = TensorType(Shape(5, 6, 4), Quantization(0.5, zero_point))
    node = graph_of(operator, source.shape, zero_point).nodes[0]
    x = np.random.default_rng(2).integers(-128, 128, (2, *source.shape)).astype(np.int8)
    accumulator = fold_zero_point(node, source)

    def convolved(bias: Array, input_offset: int) -> Array:
        requantize = factors(8)
        return convolve_s8(
            x,
            operator.weights,
            bias,
            input_offset,
            -5,
            requantize.multiplier,
            requantize.shift,
            stride,
            pad,
            (1, 1),
            -128,
            127,
        )

    np.testing.assert_array_equal(
        convolved(accumulator.bias, accumulator.input_offset), convolved(operator.bias, -zero_point)
    )
