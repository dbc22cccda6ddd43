"""Graphs that between them hold every operator, and random ones."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from mcucompile.ir.functions import HardSwish, LeakyRelu, Sigmoid
from mcucompile.ir.graph import Graph, Interface, Node
from mcucompile.ir.operators import (
    NO_CLAMP,
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
    MaxPool,
    Mul,
    Operator,
    Pad,
    Padding,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Array, Shape, TensorType

THREE = Window(Size2D(3, 3), Size2D(2, 1), Padding(0, 1, 1, 1))
DILATED = Window(Size2D(2, 2), dilation=Size2D(2, 1))


def float_graph(name: str, shape: Shape, *steps: tuple[str, Operator, tuple[str, ...]]) -> Graph:
    """Nodes of (name, operator, inputs); the input is called image, the last tensor is the output."""
    shapes, nodes = {"image": shape}, []
    for tensor, operator, inputs in steps:
        shapes[tensor] = output_shape(operator, [shapes[i] for i in inputs])
        nodes.append(Node(tensor, operator, inputs, TensorType(shapes[tensor]), f"/{tensor} (Op)", parameters=3))
    interface = Interface("pixels", "NCHW")
    return Graph(name, "image", TensorType(shape), tuple(nodes), nodes[-1].name, interface, Interface("scores", "NC"))


def every_float_operator() -> Graph:
    """8x6x4 to 3 classes."""
    return float_graph(
        "every",
        Shape(8, 6, 4),
        ("pad", Pad(Padding(1, 0, 2, 0)), ("image",)),
        ("grouped", Conv2D(THREE, ones(8, 3, 3, 2), ones(8), groups=2), ("pad",)),
        ("norm", ChannelAffine(ones(8), ones(8)), ("grouped",)),
        ("relu", Clip(Clamp(0, np.inf)), ("norm",)),
        ("depthwise", DepthwiseConv2D(DILATED, ones(2, 2, 8), ones(8), Clamp(0, 6)), ("relu",)),
        ("twice", Add(Clamp(-1.5, 1.5)), ("depthwise", "depthwise")),
        ("swish", Elementwise(HardSwish()), ("twice",)),
        ("joined", Concat(), ("twice", "swish")),
        ("largest", MaxPool(Window(Size2D(2, 3), Size2D(1, 2), Padding(1, 0, 0, 0)), Clamp(0, 6)), ("joined",)),
        ("leaky", Elementwise(LeakyRelu(0.1)), ("largest",)),
        ("product", Mul(), ("largest", "leaky")),
        ("pool", AveragePool(Window(Size2D(2, 3))), ("product",)),
        ("gate", Elementwise(Sigmoid()), ("pool",)),
        ("excited", Mul(Clamp(-2, 2)), ("product", "gate")),
        ("logits", FullyConnected(ones(3, 96), ones(3)), ("excited",)),
        ("probabilities", Softmax(), ("logits",)),
    )


def ones(*shape: int) -> Array:
    return np.ones(shape, np.float32)


@st.composite
def float_graphs(draw: st.DrawFn) -> Graph:
    """Chains of random operators with random constants, some with additions across."""
    shape = Shape(*draw(st.tuples(*[st.integers(1, 4)] * 3)))
    numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
    clamps = st.one_of(
        st.just(NO_CLAMP), st.builds(Clamp, st.floats(-10, 0), st.floats(0, np.inf)), st.just(Clamp(0, 6))
    )

    def array(*size: int) -> Array:
        values = draw(st.lists(numbers, min_size=int(np.prod(size)), max_size=int(np.prod(size))))
        return np.array(values, np.float32).reshape(size)

    makers: tuple[Callable[[Shape], Operator], ...] = (
        lambda s: ChannelAffine(array(s.c), array(s.c)),
        lambda s: Clip(draw(clamps)),
        lambda s: Pad(Padding(*draw(st.tuples(*[st.integers(0, 2)] * 4)))),
        lambda s: Conv2D(Window(Size2D(1, 1)), array(2, 1, 1, s.c), array(2), clamp=draw(clamps)),
        lambda s: FullyConnected(array(2, s.elements), array(2), draw(clamps)),
        lambda s: Elementwise(draw(st.sampled_from([HardSwish(), LeakyRelu(0.25), Sigmoid()]))),
        lambda s: Softmax(draw(st.integers(-(2**31), 2**31 - 1)), draw(st.integers(-31, 31))),
    )
    steps: list[tuple[str, Operator, tuple[str, ...]]] = []
    shapes, last = {"image": shape}, "image"
    for number in range(draw(st.integers(1, 6))):
        same = [name for name, other in shapes.items() if other == shapes[last]]
        if draw(st.booleans()):
            kind = draw(st.sampled_from([Add(draw(clamps)), Mul(draw(clamps)), Concat()]))
            step = (f"t{number}", kind, (last, draw(st.sampled_from(same))))
        else:
            step = (f"t{number}", draw(st.sampled_from(makers))(shapes[last]), (last,))
        shapes[step[0]] = output_shape(step[1], [shapes[name] for name in step[2]])
        last = step[0]
        steps.append(step)
    return float_graph(draw(st.text(max_size=5)), shape, *steps)
