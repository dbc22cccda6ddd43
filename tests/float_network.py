"""A small float network that has every operator which quantization meets."""

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Clamp,
    Clip,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Operator,
    Padding,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Array, Shape, TensorType

RELU = Clamp(0, np.inf)
RELU6 = Clamp(0, 6)
THREE = Window(Size2D(3, 3), padding=Padding(1, 1, 1, 1))
HALVING = Window(Size2D(3, 3), Size2D(2, 2), Padding(0, 1, 0, 1))
ONE = Window(Size2D(1, 1))


def chain(input_shape: Shape, *steps: tuple[str, Operator, tuple[str, ...]]) -> Graph:
    """A float graph from (name, operator, inputs); the input is called x and the last tensor is the output."""
    shapes = {"x": input_shape}
    nodes = []
    for name, operator, inputs in steps:
        shapes[name] = output_shape(operator, [shapes[i] for i in inputs])
        nodes.append(Node(name, operator, inputs, TensorType(shapes[name])))
    return Graph("net", "x", TensorType(input_shape), tuple(nodes), nodes[-1].name)


def small_network(seed: int = 0) -> Graph:
    """8x8x3 to 5 classes: a residual block, ReLU6, ReLU, a Clip by itself, pooling, softmax."""
    random = np.random.default_rng(seed)

    def normal(*shape: int, fan_in: int) -> Array:
        return (random.normal(size=shape) * np.sqrt(2 / fan_in)).astype(np.float32)

    def bias(channels: int) -> Array:
        return random.normal(size=channels, scale=0.2).astype(np.float32)

    return chain(
        Shape(8, 8, 3),
        ("stem", Conv2D(HALVING, normal(8, 3, 3, 3, fan_in=27), bias(8), clamp=RELU6), ("x",)),
        ("depthwise", DepthwiseConv2D(THREE, normal(3, 3, 8, fan_in=9), bias(8), RELU), ("stem",)),
        ("pointwise", Conv2D(ONE, normal(8, 1, 1, 8, fan_in=8), bias(8)), ("depthwise",)),
        ("sum", Add(), ("stem", "pointwise")),
        ("clip", Clip(Clamp(-1, 2)), ("sum",)),
        ("pool", AveragePool(Window(Size2D(4, 4))), ("clip",)),
        ("logits", FullyConnected(normal(5, 8, fan_in=4), bias(5)), ("pool",)),
        ("softmax", Softmax(), ("logits",)),
    )


def samples(count: int, shape: tuple[int, int, int] = (8, 8, 3), seed: int = 0) -> Array:
    """Float32 [count, *shape] in [0, 1)."""
    return np.random.default_rng([seed, 1]).uniform(size=(count, *shape)).astype(np.float32)
