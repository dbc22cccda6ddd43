"""Interval analysis: between which values each channel of each tensor lies, for every int8 input of the network."""

from typing import NamedTuple

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
    Mean,
    Mul,
)
from mcucompile.ir.tensors import Array
from mcucompile.reference.evaluate import apply_int8
from mcucompile.reference.fixed_point import INT32_MAX, INT32_MIN, requantize
from mcucompile.simplify.products import Weighted, products_of
from mcucompile.simplify.taps import taps_of


class Interval(NamedTuple):
    """Inclusive bounds, int64 arrays of one shape. Where they meet, the value is the same for every input."""

    low: Array
    high: Array

    @property
    def is_constant(self) -> Array:
        return np.asarray(self.low == self.high)


Intervals = dict[str, Interval]
"""For every tensor, the interval [C] of each channel."""


def channel_intervals(graph: Graph) -> Intervals:
    """The intervals of all tensors of an int8 graph, from its input, which may hold any int8, onwards."""
    intervals = {graph.input: _any_int8(graph.input_type.shape.c)}
    for node in graph:
        intervals[node.name] = _output_interval(graph, node, intervals)
    return intervals


def operands(graph: Graph, node: Node, operator: Weighted, intervals: Intervals) -> Interval:
    """What the weights of `node` are multiplied with, input minus zero point: [G, 1, T, K], see `products_of`.

    A tap that sees padding may find 0 there; one that sees nothing else always does.
    """
    source = graph.input_types(node)[0]
    interval, zero_point = intervals[node.inputs[0]], source.quantized().zero_point
    taps = taps_of(operator, source.shape, node.type.shape)
    groups = len(products_of(operator, source.shape.c))
    low, high = ((bound - zero_point).reshape(groups, 1, 1, -1) for bound in interval)
    see_input, see_padding = (seen[:, np.newaxis] for seen in taps)
    low = np.where(see_padding, np.minimum(low, 0), low)
    high = np.where(see_padding, np.maximum(high, 0), high)
    return Interval(np.where(see_input, low, 0), np.where(see_input, high, 0))


def accumulators(graph: Graph, node: Node, operator: Weighted, intervals: Intervals) -> Interval:
    """The sums of products and bias, [O]; narrowed to those that can be requantized, because no others occur."""
    low, high = operands(graph, node, operator, intervals)
    products = products_of(operator, graph.input_types(node)[0].shape.c)
    middle, width = _dot(products, low + high), _dot(np.abs(products), high - low)
    least, most = (middle - width) // 2 + operator.bias, (middle + width) // 2 + operator.bias
    assert operator.requantize is not None
    left = np.maximum(operator.requantize.shift, 0).astype(np.int64)
    return Interval(*(bound.clip(INT32_MIN >> left, INT32_MAX >> left) for bound in (least, most)))


def _dot(products: Array, values: Array) -> Array:
    """Sums over taps and input channels, int64 [O]; in float64, where BLAS is and integers below 2^53 are exact."""
    groups, outputs = products.shape[:2]
    rows, columns = (a.astype(np.float64).reshape(groups, -1, values[0].size) for a in (products, values))
    return np.asarray((rows @ columns.transpose(0, 2, 1)).astype(np.int64).reshape(groups * outputs))


def _output_interval(graph: Graph, node: Node, intervals: Intervals) -> Interval:
    """Factors, pools and clamps never fall where their operands rise, so bounds go to bounds."""
    sources = [intervals[name] for name in node.inputs]
    match node.operator:
        case Conv2D() | DepthwiseConv2D() | FullyConnected() as operator:
            factor = operator.requantize
            assert factor is not None
            zero_point = node.type.quantized().zero_point
            sums = accumulators(graph, node, operator, intervals)
            rescaled = (requantize(bound, factor.multiplier, factor.shift) + zero_point for bound in sums)
            return _clamped(Interval(*rescaled), operator.clamp)
        case Add() | Mul():
            results = apply_int8(graph, node, _corners(*sources)).reshape(4, -1).astype(np.int64)
            return Interval(results.min(axis=0), results.max(axis=0))
        case Concat():
            return Interval(*(np.concatenate(bounds) for bounds in zip(*sources, strict=True)))
        case Mean():
            low, high = (apply_int8(graph, node, (_filled(graph, node, bound),)).reshape(-1) for bound in sources[0])
            return Interval(low.astype(np.int64), high.astype(np.int64))
        case AveragePool(clamp=clamp) | MaxPool(clamp=clamp):
            return _clamped(sources[0], clamp)
        case Lookup(table=table):
            reachable = [table[low + 128 : high + 129] for low, high in zip(*sources[0], strict=True)]
            return Interval(
                np.array([values.min() for values in reachable], np.int64),
                np.array([values.max() for values in reachable], np.int64),
            )
        case _:
            return _any_int8(node.type.shape.c)


def _corners(first: Interval, second: Interval) -> tuple[Array, Array]:
    """Every pair of bounds of two operands, int8 [4, 1, 1, C] each; sums and products are extreme at one of them."""
    operands = np.stack([*first, *first]), np.repeat(np.stack(second), 2, axis=0)
    x1, x2 = (bounds.astype(np.int8)[:, np.newaxis, np.newaxis, :] for bounds in operands)
    return x1, x2


def _filled(graph: Graph, node: Node, values: Array) -> Array:
    """int8 [1, H, W, C]: the input of `node` with one value [C] a channel."""
    shape = graph.input_types(node)[0].shape
    return np.broadcast_to(values.astype(np.int8), (1, *shape))


def _clamped(interval: Interval, clamp: Clamp) -> Interval:
    low, high = np.clip(clamp, -128, 127).astype(np.int64)
    return Interval(*(bound.clip(low, high) for bound in interval))


def _any_int8(channels: int) -> Interval:
    return Interval(np.full(channels, -128, np.int64), np.full(channels, 127, np.int64))
