"""Random networks with sliding windows, residuals, branches and factors, for property tests of row programs."""

import numpy as np
from hypothesis import strategies as st

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    NO_CLAMP,
    Add,
    AveragePool,
    Concat,
    DepthwiseConv2D,
    FullyConnected,
    Lookup,
    Mul,
    Operator,
    Padding,
    Size2D,
    Window,
)
from mcucompile.ir.program import InputMode, Program
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Shape, TensorType
from tests.memory.zoo_programs import program_of

CHANNELS = 4


@st.composite
def windows(draw: st.DrawFn, height: int) -> Window:
    """Over `height` rows and one column."""
    kernel = draw(st.integers(1, min(4, height)))
    pads = st.integers(0, kernel - 1)
    padding = Padding(draw(pads), draw(pads), 0, 0)
    return Window(Size2D(kernel, 1), Size2D(draw(st.integers(1, 3)), 1), padding)


@st.composite
def row_networks(draw: st.DrawFn, max_layers: int = 9) -> Program:
    """DAGs of one column. The output is the last layer's; what nobody reads is a dead end."""
    height = draw(st.integers(1, 12))
    source = TensorType(Shape(height, 1, CHANNELS))
    shapes, nodes = {"x": source.shape}, list[Node]()
    for number in range(draw(st.integers(1, max_layers))):
        first = draw(st.sampled_from(list(shapes)[-3:]))
        shape = shapes[first]
        inputs, operator = (first,), draw(_unary(shape))
        like = [name for name in shapes if shapes[name] == shape]
        factors = [name for name in shapes if shapes[name] == Shape(1, 1, shape.c)]
        match draw(st.integers(0, 9)):
            case 0 | 1 | 2:
                inputs, operator = (first, draw(st.sampled_from(like))), Add(NO_CLAMP)
            case 3 if shape.c < 20:
                level = [name for name in shapes if shapes[name].h == shape.h]
                inputs, operator = (first, draw(st.sampled_from(level))), Concat()
            case 4 if factors:
                inputs, operator = (first, draw(st.sampled_from(factors))), Mul(NO_CLAMP)
        name = f"t{number}"
        shapes[name] = output_shape(operator, [shapes[i] for i in inputs])
        nodes.append(Node(name, operator, inputs, TensorType(shapes[name])))
    graph = Graph("net", "x", source, tuple(nodes), nodes[-1].name)
    return program_of(graph, draw(st.sampled_from(InputMode)), draw(st.sampled_from((1, 4, 16))))


@st.composite
def _unary(draw: st.DrawFn, shape: Shape) -> Operator:
    match draw(st.integers(0, 9)):
        case 0:
            return Lookup(np.zeros(256, np.int8))
        case 1:
            return FullyConnected(np.zeros((8, shape.elements), np.int8), np.zeros(8, np.int32))
        case 2:
            return AveragePool(Window(Size2D(shape.h, 1)))
        case _:
            window = draw(windows(shape.h))
            return DepthwiseConv2D(
                window, np.zeros((window.kernel.h, 1, shape.c), np.int8), np.zeros(shape.c, np.int32)
            )
