"""Single int8 nodes with seeded weights."""

import numpy as np

from mcucompile.ir.graph import Graph, Interface, Node
from mcucompile.ir.operators import (
    AveragePool,
    Clamp,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    MaxPool,
    Operator,
    Padding,
    Requantize,
    Size2D,
    Window,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Quantization, Shape, TensorType
from mcucompile.ir.verify import verify_graph

INT8 = Clamp(-128, 127)


def window(
    kernel: tuple[int, int] = (3, 3),
    stride: tuple[int, int] = (1, 1),
    pad: tuple[int, int, int, int] = (0, 0, 0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> Window:
    """pad: top, bottom, left, right."""
    return Window(Size2D(*kernel), Size2D(*stride), Padding(*pad), Size2D(*dilation))


def convolution(over: Window, inputs: int, outputs: int, groups: int = 1) -> Conv2D:
    weights = _int8(outputs, *over.kernel, inputs // groups)
    return Conv2D(over, weights, _bias(outputs), groups, INT8, factors(outputs))


def depthwise(over: Window, inputs: int, multiplier: int = 1) -> DepthwiseConv2D:
    outputs = inputs * multiplier
    return DepthwiseConv2D(over, _int8(*over.kernel, outputs), _bias(outputs), INT8, factors(outputs))


def fully_connected(inputs: int, outputs: int, requantize: Requantize) -> FullyConnected:
    return FullyConnected(_int8(outputs, inputs), _bias(outputs), INT8, requantize)


def average_pool(over: Window) -> AveragePool:
    return AveragePool(over, INT8)


def factors(channels: int) -> Requantize:
    """A factor of its own for every channel."""
    multiplier = np.linspace(2**30, 2**31 - 1, channels).astype(np.int32)
    return Requantize(multiplier, np.full(channels, -8, np.int32))


def one_factor(channels: int) -> Requantize:
    return Requantize(np.full(channels, 2**30 + 1, np.int32), np.full(channels, -8, np.int32))


def graph_of(operator: Operator, shape: Shape, zero_point: int = 3) -> Graph:
    """The graph of one node, y, from the input x."""
    source = TensorType(shape, Quantization(0.5, zero_point))
    target = Quantization(0.5, zero_point if isinstance(operator, AveragePool | MaxPool) else -5)
    node = Node("y", operator, ("x",), TensorType(output_shape(operator, [shape]), target))
    graph = Graph("one", "x", source, (node,), "y", Interface("x", "NHWC"))
    verify_graph(graph)
    return graph


def _int8(*shape: int) -> np.typing.NDArray[np.int8]:
    return np.random.default_rng(0).integers(-127, 128, shape).astype(np.int8)


def _bias(channels: int) -> np.typing.NDArray[np.int32]:
    return np.random.default_rng(1).integers(-5000, 5000, channels).astype(np.int32)
