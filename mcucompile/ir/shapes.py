"""What follows from an operator and the shapes it reads: the output shape, multiply-adds, rows needed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    AveragePool,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    MaxPool,
    Mean,
    Mul,
    Operator,
    Pad,
    Size2D,
    Window,
)
from mcucompile.ir.tensors import Shape


def output_shape(operator: Operator, inputs: Sequence[Shape]) -> Shape:
    """The shape that `operator` gives for inputs of these shapes; H and W may be < 1 if the window does not fit."""
    shape = inputs[0]
    match operator:
        case Conv2D(window=window, weights=weights):
            return Shape(*window.output_size(Size2D(shape.h, shape.w)), weights.shape[0])
        case DepthwiseConv2D(window=window, weights=weights):
            return Shape(*window.output_size(Size2D(shape.h, shape.w)), weights.shape[2])
        case AveragePool(window=window) | MaxPool(window=window):
            return Shape(*window.output_size(Size2D(shape.h, shape.w)), shape.c)
        case FullyConnected(weights=weights):
            return Shape(1, 1, weights.shape[0])
        case Mean():
            return Shape(1, 1, shape.c)
        case Concat():
            return Shape(shape.h, shape.w, sum(source.c for source in inputs))
        case Pad(padding=pad):
            return Shape(shape.h + pad.top + pad.bottom, shape.w + pad.left + pad.right, shape.c)
        case _:
            return shape


def macs(graph: Graph, node: Node) -> int:
    """Multiply-adds of convolutions and fully connected layers for one inference; 0 for every other operator."""
    out = node.type.shape
    match node.operator:
        case Conv2D(weights=weights):
            return out.elements * int(np.prod(weights.shape[1:]))
        case DepthwiseConv2D(weights=weights):
            return out.elements * int(np.prod(weights.shape[:2]))
        case FullyConnected(weights=weights):
            return int(weights.size)
        case _:
            return 0


def window_of(operator: Operator) -> Window | None:
    """The sliding window of `operator`, None for those that have none."""
    match operator:
        case Conv2D(window=window) | DepthwiseConv2D(window=window):
            return window
        case AveragePool(window=window) | MaxPool(window=window):
            return window
        case _:
            return None


def is_global_pool(graph: Graph, node: Node) -> bool:
    """Whether `node` is an average over all pixels, whose int8 form can give its result in any quantization."""
    shape = graph.types[node.inputs[0]].shape
    return isinstance(node.operator, AveragePool) and node.operator.window.covers(Size2D(shape.h, shape.w))


class Reach(NamedTuple):
    """Output rows [begin, end) read [begin · stride - padding, (end - 1) · stride - padding + extent) of an input.

    As far as that lies inside; where `stride` is 0, all of it.
    """

    stride: int
    padding: int
    extent: int


def reach(operator: Operator, source: Shape) -> Reach:
    """How far `operator` reaches in an input of the shape `source`."""
    window = window_of(operator)
    if window is not None:
        return Reach(window.stride.h, window.padding.top, window.extent.h)
    is_factor_of_channels = isinstance(operator, Mul) and source.h == 1
    if isinstance(operator, FullyConnected | Mean) or is_factor_of_channels:
        return Reach(0, 0, source.h)
    return Reach(1, 0, 1)


def input_rows(operator: Operator, input_shape: Shape, rows: tuple[int, int]) -> tuple[int, int]:
    """The input rows [begin, end) that output rows [begin, end) are computed from.

    Padding is left out: none are left where a window lies wholly in it.
    """
    begin, end = rows
    stride, padding, extent = reach(operator, input_shape)
    first, last = begin * stride - padding, (end - 1) * stride - padding + extent
    inside = min(max(first, 0), input_shape.h)
    return inside, max(min(last, input_shape.h), inside)
