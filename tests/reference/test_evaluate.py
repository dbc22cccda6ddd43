"""The evaluation of int8 graphs: each operator gets its own constants, and tensors are let go in time."""

import weakref
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    Add,
    AddRequantize,
    AveragePool,
    Clamp,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Lookup,
    MaxPool,
    Mul,
    Operator,
    Padding,
    Requantize,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Array, Quantization, Shape, TensorType
from mcucompile.reference.evaluate import apply_int8, evaluate_int8, run_int8, walk_int8
from mcucompile.reference.fixed_point import quantize_multiplier, requantize
from mcucompile.reference.softmax import softmax_factor
from tests.float_network import samples, small_network

WINDOW = Window(Size2D(2, 1), Size2D(1, 2), Padding(1, 0, 0, 1))
LIMITS = Clamp(-100, 90)
INPUTS = (Quantization(0.5, 3), Quantization(0.25, -7))
OUTPUT = Quantization(0.75, 11)


def real(q: Array, quantization: Quantization) -> Array:
    return (q.astype(np.float64) - quantization.zero_point) * quantization.scale


def factor(*values: float) -> Requantize:
    return Requantize(*quantize_multiplier(np.array(values)))


def apply(operator: Operator, inputs: tuple[Array, ...], output: Quantization = OUTPUT) -> Array:
    """The operator's output, in a graph of this one node."""
    names = ("a", "b")[: len(inputs)]
    shapes = [Shape(*x.shape[1:]) for x in inputs]
    types = [TensorType(shape, q) for shape, q in zip(shapes, INPUTS, strict=False)]
    second = Node("b", Lookup(np.arange(-128, 128).astype(np.int8)), ("a",), types[-1])
    node = Node("y", operator, names, TensorType(output_shape(operator, shapes), output))
    return apply_int8(Graph("one", "a", types[0], (second, node), "y"), node, inputs)


def bytes_of(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).integers(-128, 128, shape).astype(np.int8)


def rescaled(acc: Array, by: Requantize) -> Array:
    return np.clip(requantize(acc, by.multiplier, by.shift) + OUTPUT.zero_point, *LIMITS)


def test_convolution_uses_every_constant() -> None:
    x, weights, bias = bytes_of(2, 4, 5, 4), bytes_of(6, 2, 1, 2), np.arange(-300, 300, 100, dtype=np.int32)
    scale = factor(*[0.013, 0.007] * 3)
    operator = Conv2D(WINDOW, weights, bias, 2, LIMITS, scale)
    padded = np.pad(x.astype(int) - INPUTS[0].zero_point, ((0, 0), (1, 0), (0, 1), (0, 0)))
    acc = np.zeros((2, 4, 3, 6), int)
    for row, col, channel in np.ndindex(4, 3, 6):
        group = channel // 3
        patch = padded[:, row : row + 2, 2 * col : 2 * col + 1, 2 * group : 2 * group + 2]
        acc[:, row, col, channel] = (patch * weights[channel].astype(int)).sum(axis=(1, 2, 3)) + bias[channel]
    np.testing.assert_array_equal(apply(operator, (x,)), rescaled(acc, scale))


def test_depthwise_convolution_uses_every_constant() -> None:
    x, weights, bias = bytes_of(2, 4, 5, 2), bytes_of(2, 1, 4), np.arange(-200, 200, 100, dtype=np.int32)
    scale = factor(0.013, 0.007, 0.02, 0.003)
    operator = DepthwiseConv2D(WINDOW, weights, bias, LIMITS, scale)
    padded = np.pad(x.astype(int) - INPUTS[0].zero_point, ((0, 0), (1, 0), (0, 1), (0, 0)))
    acc = np.zeros((2, 4, 3, 4), int)
    for row, col, channel in np.ndindex(4, 3, 4):
        patch = padded[:, row : row + 2, 2 * col, channel // 2]
        acc[:, row, col, channel] = (patch * weights[:, 0, channel].astype(int)).sum(axis=1) + bias[channel]
    np.testing.assert_array_equal(apply(operator, (x,)), rescaled(acc, scale))


def test_fully_connected_uses_every_constant() -> None:
    x, weights, bias = bytes_of(3, 2, 2, 3), bytes_of(2, 12), np.array([500, -700], np.int32)
    scale = factor(0.007, 0.003)
    y = apply(FullyConnected(weights, bias, LIMITS, scale), (x,))
    acc = (x.reshape(3, 12).astype(int) - INPUTS[0].zero_point) @ weights.T.astype(int) + bias
    np.testing.assert_array_equal(y[:, 0, 0], rescaled(acc, scale))


def test_addition_scales_each_input_by_its_own_factor() -> None:
    x1, x2 = bytes_of(2, 3, 3, 2), bytes_of(2, 3, 3, 2, seed=1)
    operator = Add(LIMITS, AddRequantize(factor(0.5, 0.25), factor(2.0**-20)))
    steps = (x1.astype(int) - INPUTS[0].zero_point) * 0.5 + (x2.astype(int) - INPUTS[1].zero_point) * 0.25
    expected = np.clip(np.sign(steps) * np.floor(np.abs(steps) + 0.5) + OUTPUT.zero_point, *LIMITS)
    np.testing.assert_array_equal(apply(operator, (x1, x2)), expected)


@pytest.mark.parametrize("shape", [(2, 3, 3, 2), (2, 1, 1, 2)])
def test_product_uses_both_zero_points(shape: tuple[int, ...]) -> None:
    x1, x2 = bytes_of(2, 3, 3, 2), bytes_of(*shape, seed=1)
    operator = Mul(LIMITS, factor(0.013))
    acc = (x1.astype(int) - INPUTS[0].zero_point) * (x2.astype(int) - INPUTS[1].zero_point)
    np.testing.assert_array_equal(apply(operator, (x1, x2)), rescaled(acc, factor(0.013)))


def test_concat_copies() -> None:
    x1, x2 = bytes_of(2, 3, 3, 2), bytes_of(2, 3, 3, 5)
    y = apply(Concat(), (x1, x2))
    np.testing.assert_array_equal(y[..., :2], x1)
    np.testing.assert_array_equal(y[..., 2:], x2)


@pytest.mark.parametrize("kind", [AveragePool, MaxPool])
def test_a_pool_is_limited(kind: type[AveragePool | MaxPool]) -> None:
    y = apply(kind(Window(Size2D(1, 1)), LIMITS), (bytes_of(2, 4, 4, 3),), INPUTS[0])
    np.testing.assert_array_equal(y, np.clip(bytes_of(2, 4, 4, 3), *LIMITS))


def test_softmax_is_near_the_real_one() -> None:
    x = bytes_of(4, 1, 1, 10)
    y = apply(Softmax(*softmax_factor(INPUTS[0].scale)), (x,), Quantization(1 / 256, -128))
    exponential = np.exp(real(x, INPUTS[0]))
    expected = exponential / exponential.sum(axis=-1, keepdims=True)
    assert np.abs(real(y, Quantization(1 / 256, -128)) - expected).max() <= 1 / 256


def test_lookup_reads_the_table_from_minus_128_on() -> None:
    table = np.random.default_rng(0).permutation(np.arange(-128, 128)).astype(np.int8)
    y = apply(Lookup(table), (np.array([-128, 0, 127], np.int8).reshape(1, 1, 3, 1),))
    assert y.ravel().tolist() == [table[0], table[128], table[255]]


def test_a_float_operator_is_refused() -> None:
    node = small_network().by_name["clip"]
    quantized = replace(node, type=replace(node.type, quantization=OUTPUT))
    graph = Graph("one", "sum", replace(node.type, quantization=OUTPUT), (quantized,), "clip")
    with pytest.raises(TypeError, match="clip of a float graph has no int8 meaning"):
        evaluate_int8(graph, bytes_of(1, 4, 4, 8))


def pools(count: int) -> Graph:
    """A chain of 1x1 pools, and a sum of its second and last tensor."""
    kind = TensorType(Shape(2, 2, 1), OUTPUT)
    names = ["x", *(f"pool_{i}" for i in range(count))]
    chain = [
        Node(name, AveragePool(Window(Size2D(1, 1)), Clamp(-128, 127)), (before,), kind)
        for before, name in pairwise(names)
    ]
    total = Add(Clamp(-128, 127), AddRequantize(factor(0.5, 0.5), factor(2.0**-20)))
    return Graph("pools", "x", kind, (*chain, Node("sum", total, (names[1], names[-1]), kind)), "sum")


def test_tensors_are_let_go_after_their_last_reader() -> None:
    seen: dict[str, weakref.ref[Array]] = {}
    alive_at = {}
    for name, array in walk_int8(pools(4), bytes_of(1, 2, 2, 1)):
        seen[name] = weakref.ref(array)
        del array
        alive_at[name] = {other for other, reference in seen.items() if reference() is not None}
    assert alive_at["pool_3"] == {"x", "pool_0", "pool_2", "pool_3"}  # x is the caller's
    assert alive_at["sum"] == {"x", "pool_0", "pool_3", "sum"}


def test_run_gives_the_output_in_batches() -> None:
    x, calls = bytes_of(5, 2, 2, 1), []
    y = run_int8(pools(3), x, batch=2, progress=lambda done, total: calls.append((done, total)))
    np.testing.assert_array_equal(y, evaluate_int8(pools(3), x)["sum"])
    assert calls == [(2, 5), (4, 5), (5, 5)]


def test_inputs_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"pools takes \[N, 2, 2, 1\], not \[3, 8, 8, 3\]"):
        evaluate_int8(pools(1), samples(3))
