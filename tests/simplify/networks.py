"""Int8 graphs small enough to work out by hand: factors are 1, so that an accumulator plus zero point is the output."""

from dataclasses import replace
from typing import Any

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    Add,
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
from mcucompile.ir.verify import verify_graph
from mcucompile.quantize.convert import add_requantize
from mcucompile.reference.evaluate import run_int8
from mcucompile.reference.softmax import softmax_factor

INT8 = Clamp(-128, 127)
ONE = Window(Size2D(1, 1))
SAME = Window(Size2D(3, 3), padding=Padding(1, 1, 1, 1))
VALID = Window(Size2D(3, 3))
SOFTMAX_OUTPUT = Quantization(1 / 256, -128)
KEEPING = (AveragePool, MaxPool, Concat, Lookup, Add, Mul)
"""Operators whose tensor takes its input's quantization here."""


def chain(shape: Shape, *steps: tuple[str, Operator, str], zero_points: dict[str, int] | None = None) -> Graph:
    """An int8 graph from (name, operator, "input input"). The input is x; zero points are 0 where none is given."""
    given = zero_points or {}
    types = {"x": TensorType(shape, Quantization(0.1, given.get("x", 0)))}
    nodes = []
    for name, operator, inputs in steps:
        sources = tuple(inputs.split())
        quantization = Quantization(0.1, given.get(name, 0))
        if isinstance(operator, KEEPING) and name not in given:
            quantization = types[sources[0]].quantized()
        if isinstance(operator, Softmax):
            quantization = SOFTMAX_OUTPUT
        types[name] = TensorType(output_shape(operator, [types[s].shape for s in sources]), quantization)
        nodes.append(Node(name, operator, sources, types[name]))
    graph = Graph("net", "x", types["x"], tuple(nodes), nodes[-1].name)
    verify_graph(graph)
    return graph


def conv(window: Window, weights: Any, bias: Any, clamp: Clamp = INT8, groups: int = 1) -> Conv2D:
    """weights [O, I/groups], the same for every tap; or [O, kh, kw, I/groups]."""
    array = np.asarray(weights, np.int8)
    if array.ndim == 2:
        array = np.tile(array[:, np.newaxis, np.newaxis, :], (1, *window.kernel, 1))
    return Conv2D(window, array, np.asarray(bias, np.int32), groups, clamp, unit(len(array)))


def depthwise(window: Window, weights: Any, bias: Any, clamp: Clamp = INT8) -> DepthwiseConv2D:
    """weights [C·M], the same for every tap; or [kh, kw, C·M]."""
    array = np.asarray(weights, np.int8)
    if array.ndim == 1:
        array = np.tile(array, (*window.kernel, 1))
    return DepthwiseConv2D(window, array, np.asarray(bias, np.int32), clamp, unit(array.shape[2]))


def fully_connected(weights: Any, bias: Any, clamp: Clamp = INT8) -> FullyConnected:
    return FullyConnected(np.asarray(weights, np.int8), np.asarray(bias, np.int32), clamp, unit(len(weights)))


def add() -> Add:
    """Inputs and output of one scale, 0.1."""
    return Add(INT8, add_requantize(0.1, 0.1, 0.1))


def mul(clamp: Clamp = INT8) -> Mul:
    """The factor 1/16."""
    return Mul(clamp, Requantize(np.array([2**30], np.int32), np.array([-3], np.int32)))


def pool(window: Window, clamp: Clamp = INT8) -> AveragePool:
    return AveragePool(window, clamp)


def lookup(function: Any) -> Lookup:
    return Lookup(np.array([function(value) for value in range(-128, 128)], np.int8))


def softmax() -> Softmax:
    return Softmax(*softmax_factor(0.1))


def unit(channels: int) -> Requantize:
    """The factor 1."""
    return Requantize(np.full(channels, 2**30, np.int32), np.ones(channels, np.int32))


def with_factor(operator: Any, multiplier: list[int], shift: list[int]) -> Any:
    return replace(operator, requantize=Requantize(np.array(multiplier, np.int32), np.array(shift, np.int32)))


def inputs(graph: Graph, seed: int = 0) -> Array:
    """All lowest, all highest, noise of all values, noise of the two extremes."""
    shape, random = graph.input_type.shape, np.random.default_rng(seed)
    noise = random.integers(-128, 128, (6, *shape))
    extremes = random.choice([-128, 127], (6, *shape))
    return np.concatenate([np.full((1, *shape), -128), np.full((1, *shape), 127), noise, extremes]).astype(np.int8)


def check_same_output(before: Graph, after: Graph, seed: int = 0) -> None:
    """`after` is valid and gives the output of `before`, bit for bit, under the same types."""
    verify_graph(after)
    assert (after.input, after.input_type, after.output_type) == (before.input, before.input_type, before.output_type)
    x = inputs(before, seed)
    assert np.array_equal(run_int8(before, x), run_int8(after, x))


def layers(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shape of every node's output."""
    return {node.name: tuple(node.type.shape) for node in graph}
