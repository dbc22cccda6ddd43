"""The evaluation of an int8 graph: every node by its array-level function of `reference/int8.py`."""

import math
from collections.abc import Iterator

import numpy as np

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
    Mean,
    Mul,
    Requantize,
    Softmax,
)
from mcucompile.ir.tensors import Array
from mcucompile.reference.int8 import (
    avgpool_s8,
    concat_s8,
    convolve_s8,
    depthwise_conv_s8,
    elementwise_add_s8,
    elementwise_mul_s8,
    fully_connected_s8,
    lookup_s8,
    max_pool_s8,
    mean_s8,
)
from mcucompile.reference.softmax import softmax_s8
from mcucompile.reference.walk import Progress, run, walk


def evaluate_int8(graph: Graph, x: Array) -> dict[str, Array]:
    """Every tensor of an int8 graph by name, int8 [N, H, W, C], for x int8 [N, H, W, C].

    Raises ValueError if x has another shape, OverflowError where an accumulator leaves 32 bits.
    """
    return dict(walk_int8(graph, x))


def walk_int8(graph: Graph, x: Array) -> Iterator[tuple[str, Array]]:
    """Like `evaluate_int8`, but one tensor at a time, each let go after its last reader."""
    return walk(graph, x, apply_int8)


def run_int8(graph: Graph, x: Array, batch: int | None = None, progress: Progress | None = None) -> Array:
    """The output [N, H, W, C] of an int8 graph for x int8 [N, H, W, C], in batches of bounded memory.

    Raises as `evaluate_int8`.
    """
    return run(graph, x, apply_int8, _largest_batch(graph) if batch is None else batch, progress)


def apply_int8(graph: Graph, node: Node, inputs: tuple[Array, ...]) -> Array:
    """What one int8 node makes of its inputs, int8 [N, H, W, C]. Raises TypeError for a node of a float graph."""
    x = inputs[0]
    input_offsets = [-tensor.quantized().zero_point for tensor in graph.input_types(node)]
    output_offset = node.type.quantized().zero_point
    match node.operator:
        case Conv2D(window=window, weights=weights, bias=bias, clamp=clamp, requantize=Requantize() as factor):
            return convolve_s8(
                x,
                weights,
                bias,
                input_offsets[0],
                output_offset,
                factor.multiplier,
                factor.shift,
                window.stride,
                window.padding,
                window.dilation,
                *_limits(clamp),
            )
        case DepthwiseConv2D(window=window, weights=weights, bias=bias, clamp=clamp, requantize=Requantize() as factor):
            return depthwise_conv_s8(
                x,
                weights,
                bias,
                input_offsets[0],
                output_offset,
                factor.multiplier,
                factor.shift,
                window.stride,
                window.padding,
                window.dilation,
                *_limits(clamp),
            )
        case FullyConnected(weights=weights, bias=bias, clamp=clamp, requantize=Requantize() as factor):
            return fully_connected_s8(
                x,
                weights,
                bias,
                input_offsets[0],
                output_offset,
                factor.multiplier,
                factor.shift,
                *_limits(clamp),
            )
        case Add(clamp=clamp, requantize=AddRequantize(inputs=factors, output=factor)):
            return elementwise_add_s8(
                x,
                inputs[1],
                input_offsets[0],
                int(factors.multiplier[0]),
                int(factors.shift[0]),
                input_offsets[1],
                int(factors.multiplier[1]),
                int(factors.shift[1]),
                output_offset,
                int(factor.multiplier[0]),
                int(factor.shift[0]),
                *_limits(clamp),
            )
        case Mul(clamp=clamp, requantize=Requantize() as factor):
            return elementwise_mul_s8(
                x,
                inputs[1],
                input_offsets[0],
                input_offsets[1],
                output_offset,
                int(factor.multiplier[0]),
                int(factor.shift[0]),
                *_limits(clamp),
            )
        case Concat():
            return concat_s8(*inputs)
        case MaxPool(window=window, clamp=clamp):
            return max_pool_s8(x, window.kernel, window.stride, window.padding, *_limits(clamp))
        case AveragePool(window=window, clamp=clamp):
            return avgpool_s8(x, window.kernel, window.stride, window.padding, *_limits(clamp))
        case Mean(clamp=clamp, requantize=Requantize() as factor):
            return mean_s8(
                x,
                input_offsets[0],
                output_offset,
                int(factor.multiplier[0]),
                int(factor.shift[0]),
                *_limits(clamp),
            )
        case Softmax(multiplier=multiplier, shift=shift, diff_min=diff_min):
            return softmax_s8(x, multiplier, shift, diff_min)
        case Lookup(table=table):
            return lookup_s8(x, table)
        case operator:
            raise TypeError(f"{operator.mnemonic} of a float graph has no int8 meaning")


def _largest_batch(graph: Graph) -> int:
    """As many samples as make the largest tensor 32 MiB: the more, the longer the runs that NumPy works on."""
    largest = max(math.prod(tensor.shape) for tensor in (graph.input_type, *(node.type for node in graph)))
    return max(1, min(256, 2**25 // largest))


def _limits(clamp: Clamp) -> tuple[int, int]:
    """act_min and act_max; a clamp that is absent lets every int8 through."""
    low, high = np.clip(clamp, -128, 127)
    return int(low), int(high)
