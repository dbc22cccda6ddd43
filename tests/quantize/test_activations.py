"""From the range of a tensor to its scale and zero point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcucompile.ir.functions import HardSigmoid, HardSwish, Sigmoid, Tanh
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Clamp,
    Clip,
    Conv2D,
    Elementwise,
    FullyConnected,
    MaxPool,
    Mul,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.tensors import Quantization, Shape
from mcucompile.quantize.activations import choose_quantizations, from_range, quantize_clamp, without_scale
from mcucompile.quantize.ranges import Range
from tests.float_network import ONE, chain

limits = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(a=limits, b=limits)
def test_zero_is_hit_exactly_and_the_range_is_spanned(a: float, b: float) -> None:
    found = Range(min(a, b), max(a, b))
    q = from_range(found)
    assert -128 <= q.zero_point <= 127
    assert q.dequantize(np.array([q.zero_point])) == 0
    low, high = q.dequantize(np.array([-128, 127]))
    assert low <= found.low + 0.501 * q.scale
    assert high >= found.high - 0.501 * q.scale


@pytest.mark.parametrize("high", [0.001, 6.0, 12345.6])
def test_a_range_from_zero_has_zero_point_minus_128(high: float) -> None:
    q = from_range(Range(0.0, high))
    assert q == Quantization(high / 255, -128)


def test_a_range_away_from_zero_is_widened_to_it() -> None:
    assert from_range(Range(3.0, 6.0)) == from_range(Range(0.0, 6.0))
    assert from_range(Range(-6.0, -3.0)) == Quantization(6 / 255, 127)


def test_a_tensor_of_zeros_still_has_a_scale() -> None:
    assert from_range(Range(0.0, 0.0)) == Quantization(1 / 255, -128)


def test_the_scale_is_not_below_the_least() -> None:
    assert from_range(Range(-1e-9, 1e-9), least_scale=0.5) == Quantization(0.5, -128)


@pytest.mark.parametrize(
    ("clamp", "expected"),
    [
        (Clamp(), Clamp(-128, 127)),
        (Clamp(0, np.inf), Clamp(-28, 127)),
        (Clamp(0, 6), Clamp(-28, 32)),
        (Clamp(-1, 1), Clamp(-38, -18)),
        (Clamp(-100, 100), Clamp(-128, 127)),
    ],
)
def test_clamp_in_quantized_units(clamp: Clamp, expected: Clamp) -> None:
    assert quantize_clamp(clamp, Quantization(0.1, -28)) == expected


def test_pool_clip_and_softmax_do_not_choose() -> None:
    graph = chain(
        Shape(2, 2, 1),
        ("clip", Clip(Clamp(0, 6)), ("x",)),
        ("pool", AveragePool(Window(Size2D(2, 1))), ("clip",)),
        ("largest", MaxPool(Window(Size2D(1, 1))), ("pool",)),
        ("softmax", Softmax(), ("largest",)),
    )
    own = dict.fromkeys(graph.types, Range(-1, 2)) | {"x": Range(0, 10)}
    chosen = choose_quantizations(graph, own)
    pools = [chosen["pool"], chosen["largest"]]
    assert [chosen["x"], chosen["clip"], *pools] == [Quantization(10 / 255, -128)] * 4
    assert chosen["softmax"] == Quantization(1 / 256, -128)
    assert without_scale(graph) == ("x",)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Range(0, 7), Quantization(7 / 255, -128)),
        (Range(0, 9), Quantization(10 / 255, -128)),
        (Range(0, 10), Quantization(10 / 255, -128)),
        (Range(-1, 2), Quantization(3 / 255, -43)),
        (Range(0, 1e-30), Quantization(10 / 255 * 256 / 2**29, -128)),
    ],
)
def test_a_global_average_has_a_scale_of_its_own_where_that_is_much_finer(found: Range, expected: Quantization) -> None:
    graph = chain(Shape(2, 3, 1), ("pool", AveragePool(Window(Size2D(2, 3))), ("x",)))
    chosen = choose_quantizations(graph, {"x": Range(0, 10), "pool": found})
    assert chosen["pool"] == expected
    assert choose_quantizations(graph, {"x": Range(0, 10)})["pool"] == chosen["x"]
    assert without_scale(graph) == ("x",)


def test_functions_with_two_limits_have_a_fixed_quantization() -> None:
    graph = chain(
        Shape(2, 2, 1),
        ("hard", Elementwise(HardSigmoid(1 / 6, 0.5)), ("x",)),
        ("soft", Elementwise(Sigmoid()), ("hard",)),
        ("tanh", Elementwise(Tanh()), ("soft",)),
        ("swish", Elementwise(HardSwish()), ("tanh",)),
    )
    chosen = choose_quantizations(graph, dict.fromkeys(graph.types, Range(0, 25.5)))
    assert chosen["hard"] == chosen["soft"] == Quantization(1 / 256, -128)
    assert chosen["tanh"] == Quantization(1 / 128, 0)
    assert chosen["swish"] == Quantization(0.1, -128)
    assert without_scale(graph) == ("x", "swish")


def test_a_product_far_below_its_factors_gets_a_coarser_scale() -> None:
    graph = chain(Shape(1, 1, 1), ("y", Mul(), ("x", "x")))
    chosen = choose_quantizations(graph, {"x": Range(0, 25.5), "y": Range(0, 1e-12)})
    assert chosen["y"].scale == pytest.approx(0.1 * 0.1 * 2**16 / 2**29)


def test_outputs_far_below_what_the_weights_can_give_get_a_coarser_scale() -> None:
    weights = np.array([[2.0, -6.0]], np.float32)
    graph = chain(Shape(1, 1, 2), ("y", FullyConnected(weights, np.zeros(1, np.float32)), ("x",)))
    chosen = choose_quantizations(graph, {"x": Range(0, 25.5), "y": Range(0, 1e-12)})
    assert chosen["y"].scale == pytest.approx(8.0 * 256 * 0.1 / 2**29)


def test_a_sum_far_below_its_terms_gets_a_coarser_scale() -> None:
    identity = np.ones((1, 1, 1, 1), np.float32)
    graph = chain(
        Shape(1, 1, 1),
        ("minus", Conv2D(ONE, -identity, np.zeros(1, np.float32)), ("x",)),
        ("sum", Add(), ("x", "minus")),
    )
    chosen = choose_quantizations(graph, {"x": Range(0, 255), "minus": Range(-255, 0), "sum": Range(0, 1e-12)})
    assert chosen["sum"].scale == 2 / 2**20
