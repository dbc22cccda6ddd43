"""Quantization of activations: one scale and zero point per tensor, from its range."""

from collections.abc import Mapping

import numpy as np

from mcucompile.ir.functions import Function
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    SOFTMAX_OUTPUT,
    Add,
    AveragePool,
    Clamp,
    Clip,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    MaxPool,
    Mul,
    Softmax,
)
from mcucompile.ir.shapes import is_global_pool
from mcucompile.ir.tensors import Array, Quantization
from mcucompile.quantize.concat_scales import share_scales
from mcucompile.quantize.ranges import Range
from mcucompile.reference.int8 import ADD_LEFT_SHIFT

INPUT_REACH = 256
"""No |x - zero_point| of int8 x is larger; holds as well where the zero point went into the bias."""
COARSE_POOL = 1.25
"""A global pool gets a scale of its own if its input's is coarser than that by this factor."""
LARGEST_RESULT = 2.0**29
"""An accumulator may stand for at most so many steps of the output, so that its left shift stays in 32 bits."""


def choose_quantizations(graph: Graph, ranges: Mapping[str, Range]) -> dict[str, Quantization]:
    """Scale and zero point of every tensor of a float graph; `ranges` of those that `without_scale` names.

    Given ones stay; Softmax and functions with two limits have a fixed one; Clip and pools keep their input's, but for
    global average pools with results so small that a scale of their own is much finer; every other tensor fits its
    range; a Concat shares its own with what it joins.
    """
    chosen = {graph.input: graph.input_type.given or from_range(ranges[graph.input])}
    for node in graph:
        match node.operator:
            case _ if node.type.given is not None:
                chosen[node.name] = node.type.given
            case AveragePool() if node.name in ranges and is_global_pool(graph, node):
                before = chosen[node.inputs[0]]
                own = from_range(ranges[node.name], before.scale * INPUT_REACH / LARGEST_RESULT)
                chosen[node.name] = own if own.scale * COARSE_POOL < before.scale else before
            case AveragePool() | MaxPool() | Clip():
                chosen[node.name] = chosen[node.inputs[0]]
            case Softmax():
                chosen[node.name] = SOFTMAX_OUTPUT
            case Elementwise(function=Function(output=Quantization() as output)):
                chosen[node.name] = output
            case _:
                inputs = [chosen[name] for name in node.inputs]
                chosen[node.name] = from_range(ranges[node.name], _least_scale(node, inputs))
    return share_scales(graph, chosen)


def without_scale(graph: Graph) -> tuple[str, ...]:
    """The tensors whose scale only a range can tell; a global average pool can do without."""
    names = [] if graph.input_type.given is not None else [graph.input]
    names += [node.name for node in graph if node.type.given is None and _fits_range(node)]
    return tuple(names)


def _fits_range(node: Node) -> bool:
    match node.operator:
        case AveragePool() | MaxPool() | Clip() | Softmax():
            return False
        case Elementwise(function=function):
            return function.output is None
        case _:
            return True


def from_range(found: Range, least_scale: float = 0.0) -> Quantization:
    """The finest quantization, though not finer than `least_scale`, that spans `found` and hits 0.0 exactly.

    A range of zero width says nothing of the scale; it is taken for [0, 1].

    >>> print(from_range(Range(0.0, 6.0)))
    scale=0.0235294 zero_point=-128
    """
    low, high = found.with_zero()
    if low == high:
        low, high = 0.0, 1.0
    scale = max((high - low) / 255, least_scale)
    return Quantization(scale, int(np.clip(round(-128 - low / scale), -128, 127)))


def quantize_clamp(clamp: Clamp, output: Quantization) -> Clamp:
    """The int8 limits act_min and act_max of a real clamp."""
    low, high = np.clip(np.rint(np.divide(clamp, output.scale)) + output.zero_point, -128, 127)
    return Clamp(int(low), int(high))


def _least_scale(node: Node, inputs: list[Quantization]) -> float:
    """What the fixed-point arithmetic needs: a finer output scale could overflow 32 bits for extreme inputs."""
    match node.operator:
        case Conv2D(weights=weights, bias=bias) | FullyConnected(weights=weights, bias=bias):
            return _largest_result(weights.reshape(len(weights), -1).T, bias, inputs[0]) / LARGEST_RESULT
        case DepthwiseConv2D(weights=weights, bias=bias):
            return _largest_result(weights.reshape(-1, weights.shape[2]), bias, inputs[0]) / LARGEST_RESULT
        case Add():
            return 2 * max(tensor.scale for tensor in inputs) / (1 << ADD_LEFT_SHIFT)
        case Mul():
            return inputs[0].scale * inputs[1].scale * INPUT_REACH**2 / LARGEST_RESULT
        case _:
            return 0.0


def _largest_result(weights: Array, bias: Array, source: Quantization) -> float:
    """A bound of every |result| over all int8 inputs, in real units; weights [taps, O]."""
    reach = np.abs(weights.astype(np.float64)).sum(axis=0) * INPUT_REACH * source.scale
    return float(np.max(reach + np.abs(bias.astype(np.float64))))
