"""From float nodes to int8 nodes: the constants, and what they compute together."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.errors import InternalError, UnsupportedModelError
from mcucompile.ir.functions import HardSigmoid, HardSwish, LeakyRelu, Sigmoid, Silu, Tanh
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    ChannelAffine,
    Clamp,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Lookup,
    MaxPool,
    Mul,
    Operator,
    Requantize,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.tensors import Array, Quantization, Shape
from mcucompile.ir.verify import verify_graph
from mcucompile.quantize.activations import choose_quantizations
from mcucompile.quantize.calibration import min_max_ranges
from mcucompile.quantize.convert import add_requantize, clamp_table, convert_graph, function_table, mul_requantize
from mcucompile.quantize.ranges import Range
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import HALVING, ONE, RELU, RELU6, THREE, chain


def steps_off(graph: Graph, x: Array) -> float:
    """Largest difference between the int8 and the float output, in output steps, for inputs that int8 can hold."""
    int8 = convert_graph(graph, choose_quantizations(graph, min_max_ranges(graph, x)))
    verify_graph(int8)
    quantized = int8.input_type.quantized().quantize(x)
    exact = int8.input_type.quantized().dequantize(quantized)
    output = int8.output_type.quantized()
    found = output.dequantize(evaluate_int8(int8, quantized)[int8.output])
    return float(np.abs(found - evaluate_float(graph, exact)[graph.output]).max() / output.scale)


def normal(*shape: int) -> Array:
    return np.random.default_rng([7, *shape]).normal(size=shape).astype(np.float32)


OPERATORS: dict[str, Operator] = {
    "conv2d": Conv2D(THREE, normal(6, 3, 3, 4), normal(6)),
    "strided with ReLU6": Conv2D(HALVING, normal(6, 3, 3, 4), normal(6), clamp=RELU6),
    "grouped": Conv2D(THREE, normal(6, 3, 3, 2), normal(6), groups=2),
    "pointwise": Conv2D(ONE, normal(6, 1, 1, 4), normal(6), clamp=RELU),
    "depthwise": DepthwiseConv2D(THREE, normal(3, 3, 4), normal(4), clamp=RELU),
    "depthwise with a multiplier": DepthwiseConv2D(THREE, normal(3, 3, 8), normal(8)),
    "fully connected": FullyConnected(normal(5, 6 * 7 * 4), normal(5)),
    "average pool": AveragePool(Window(Size2D(2, 2), Size2D(2, 2)), RELU),
    "max pool": MaxPool(Window(Size2D(2, 2), Size2D(2, 2)), RELU),
    "clip": Clip(Clamp(-1, 0.5)),
    **{
        str(function): Elementwise(function)
        for function in (HardSwish(), HardSigmoid(1 / 6, 0.5), LeakyRelu(0.1), Sigmoid(), Silu(), Tanh())
    },
}


@pytest.mark.parametrize("name", OPERATORS)
def test_one_operator_stays_within_its_rounding(name: str) -> None:
    graph = chain(Shape(6, 7, 4), ("y", OPERATORS[name], ("x",)))
    # Weights are off by up to half a step each, and ReLU6's output steps are finer; their errors add up at random.
    assert steps_off(graph, normal(4, 6, 7, 4)) < 4


def test_addition_of_inputs_of_different_scale_stays_within_its_rounding() -> None:
    half = ChannelAffine(np.full(4, 0.1, np.float32), np.zeros(4, np.float32))
    weights = np.diag(half.scale).astype(np.float32).reshape(4, 1, 1, 4)
    graph = chain(Shape(3, 3, 4), ("half", Conv2D(ONE, weights, half.offset), ("x",)), ("sum", Add(), ("x", "half")))
    assert steps_off(graph, normal(3, 3, 3, 4)) < 1.5


@pytest.mark.parametrize("squeeze", [Window(Size2D(1, 1)), Window(Size2D(3, 3))])
def test_products_of_inputs_of_different_scale_stay_within_their_rounding(squeeze: Window) -> None:
    graph = chain(
        Shape(3, 3, 4),
        ("factors", Conv2D(squeeze, normal(4, *squeeze.kernel, 4) / 10, normal(4)), ("x",)),
        ("gate", Elementwise(Sigmoid()), ("factors",)),
        ("y", Mul(Clamp(-1, 2)), ("x", "gate")),
    )
    assert steps_off(graph, normal(3, 3, 3, 4)) < 4


def test_joined_channels_stay_within_their_rounding() -> None:
    graph = chain(
        Shape(3, 3, 4),
        ("fine", Elementwise(Tanh()), ("x",)),
        ("coarse", Conv2D(ONE, normal(3, 1, 1, 4), normal(3)), ("x",)),
        ("y", Concat(), ("fine", "x", "coarse", "fine")),
    )
    assert steps_off(graph, normal(3, 3, 3, 4)) < 2


def test_softmax_stays_within_its_rounding() -> None:
    graph = chain(Shape(1, 1, 10), ("y", Softmax(), ("x",)))
    assert steps_off(graph, 3 * normal(20, 1, 1, 10)) < 1.01


def test_softmax_of_inputs_that_hardly_differ_is_uniform() -> None:
    graph = chain(Shape(1, 1, 4), ("y", Softmax(), ("x",)))
    assert steps_off(graph, 1e-12 * normal(5, 1, 1, 4)) < 0.01


def test_add_factors_are_those_of_tflite() -> None:
    result = add_requantize(0.5, 0.125, 0.25)
    assert result.inputs == Requantize(np.full(2, 2**30, np.int32), np.array([0, -2], np.int32))
    # 2 · 0.5 / (2^20 · 0.25) = 2^-18 = 1/2 · 2^-17
    assert result.output == Requantize(np.array([2**30], np.int32), np.array([-17], np.int32))


def test_the_factor_of_a_product() -> None:
    node = chain(Shape(1, 1, 1), ("y", Mul(), ("x", "x"))).nodes[0]
    inputs = [Quantization(0.5, 3), Quantization(0.25, -4)]
    # 0.5 · 0.25 / 0.75 = 1/6 = 2/3 · 2^-2
    factor = Requantize(np.array([round(2**32 / 3)], np.int32), np.array([-2], np.int32))
    assert mul_requantize(node, inputs, Quantization(0.75, 0)) == factor
    with pytest.raises(UnsupportedModelError, match=r"an accumulator that can reach"):
        mul_requantize(node, inputs, Quantization(2.0**-20, 0))


def test_function_table_is_the_function_of_what_each_int8_stands_for() -> None:
    source, output = Quantization(0.05, 3), Quantization(1 / 256, -128)
    table = function_table(HardSigmoid(0.2, 0.5), source, output)
    for q in (-128, -60, 0, 3, 40, 127):
        real = np.clip(0.2 * 0.05 * (q - 3) + 0.5, 0, 1)
        assert table[q + 128] == min(round(real * 256) - 128, 127)


def test_clamp_table() -> None:
    scale = Quantization(0.5, 10)
    expected = np.clip(np.arange(-128, 128), 8, 22)
    assert clamp_table(Clamp(-1, 6), scale, scale).tolist() == expected.tolist()


def test_names_origins_and_shapes_stay() -> None:
    graph = chain(Shape(6, 7, 4), ("y", OPERATORS["clip"], ("x",)))
    graph = graph.with_nodes([replace(graph.nodes[0], origin="/clip (Clip)", parameters=3)])
    node = convert_graph(graph, dict.fromkeys(graph.types, Quantization(0.1, 0))).nodes[0]
    assert (node.name, node.inputs, node.origin, node.parameters) == ("y", ("x",), "/clip (Clip)", 3)
    assert node.type.shape == Shape(6, 7, 4)
    assert isinstance(node.operator, Lookup)


def test_an_accumulator_that_could_overflow_is_refused() -> None:
    inputs = 300 * 300
    weights = np.ones((2, inputs), np.float32)
    weights[0] = np.linspace(0, 0.01, inputs)
    graph = chain(Shape(1, 1, inputs), ("big", FullyConnected(weights, np.zeros(2, np.float32)), ("x",)))
    ranges = {"x": Range(0, 1), "big": Range(0, inputs)}
    with pytest.raises(UnsupportedModelError) as caught:
        convert_graph(graph, choose_quantizations(graph, ranges))
    assert str(caught.value) == (
        "not supported: node big, output channel 1\n"
        "  found    an accumulator that can reach 2,926,080,000\n"
        "  allowed  a magnitude below 2^31 for every possible input\n"
        "  do       split the layer: it sums too many products"
    )


def test_what_the_passes_should_have_removed_is_an_internal_error() -> None:
    affine = ChannelAffine(np.ones(1, np.float32), np.zeros(1, np.float32))
    graph = chain(Shape(1, 1, 1), ("y", affine, ("x",)))
    with pytest.raises(InternalError, match="an operator without an int8 form"):
        convert_graph(graph, dict.fromkeys(graph.types, Quantization(1.0, 0)))


@settings(max_examples=60, deadline=None)
@given(
    exponents=st.lists(st.integers(-12, 12), min_size=4, max_size=4),
    width=st.integers(-12, 12),
    depthwise=st.booleans(),
    seed=st.integers(0, 99),
)
def test_no_input_overflows_whatever_the_scales(exponents: list[int], width: int, depthwise: bool, seed: int) -> None:
    """reference/int8.py raises OverflowError where an accumulator or its left shift leaves 32 bits."""
    random = np.random.default_rng(seed)
    scale = 10.0 ** np.array(exponents)
    shape = (3, 3, 4) if depthwise else (4, 3, 3, 4)
    weights = random.normal(size=shape) * (scale if depthwise else scale[:, None, None, None])
    bias = random.normal(size=4) * scale[::-1]
    kind = DepthwiseConv2D if depthwise else Conv2D
    operator = kind(THREE, weights.astype(np.float32), bias.astype(np.float32))
    graph = chain(Shape(4, 4, 4), ("y", operator, ("x",)))
    ranges = {"x": Range(-(10.0**width), 2 * 10.0**width), "y": Range(-(10.0 ** -exponents[0]), 1e-9)}
    int8 = convert_graph(graph, choose_quantizations(graph, ranges))
    extremes = random.choice(np.array([-128, 127], np.int8), (3, 4, 4, 4))
    evaluate_int8(int8, np.concatenate([extremes, np.full((1, 4, 4, 4), -128, np.int8)]))
