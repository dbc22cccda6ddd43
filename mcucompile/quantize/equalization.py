"""Cross-layer equalization: channels of one tensor get similar ranges, and the next layer undoes it.

For s > 0, relu(x / s) · s = relu(x): the layer before divides its channel by s, the layer behind multiplies the weights
that read it. Nagel et al. 2019, section 4.1 (arXiv 1906.04721); here weights have a scale for every output channel, so
it is the range of the activation, not that of the weights before it, that is balanced against the weights behind.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import NO_CLAMP, AveragePool, Clamp, Conv2D, DepthwiseConv2D, FullyConnected, MaxPool
from mcucompile.ir.tensors import Array
from mcucompile.quantize.channel_ranges import ChannelRanges

LEAST_IMPORTANCE = 1e-6
LEFT_APART, LEAST_TARGET = 0.25, 0.5
"""Small channels come to (peak / largest peak) to this power of the range, at least to half of it: if all channels were
at their limits, some would be clipped for every input that was not seen."""
MARGIN = 1.25
"""A clamp such as ReLU6 stays this factor above all that a channel which never reached it was seen to be."""

Layer = Conv2D | DepthwiseConv2D | FullyConnected


def equalize(graph: Graph, ranges: ChannelRanges) -> Graph:
    """The float graph with balanced channels; it computes the same on everything within the observed `ranges`.

    Tensors that one layer writes and one layer reads, perhaps behind pools. A clamp with a finite upper limit holds for
    the whole tensor: channels that reach it stay as they are, others may only grow, up to it.
    """
    nodes = dict(graph.by_name)
    for writer, reader in _pairs(graph):
        peak = np.maximum(-ranges[writer.name].low, ranges[writer.name].high).astype(np.float64)
        scales = _scales(_layer(writer).clamp.high, nodes[reader.name], peak)
        if scales is not None:
            nodes[writer.name] = _divided(nodes[writer.name], scales)
            nodes[reader.name] = _multiplied(nodes[reader.name], scales)
    return graph.with_nodes([nodes[node.name] for node in graph])


def _pairs(graph: Graph) -> Iterator[tuple[Node, Node]]:
    """Layers whose result only scales with its channels until another layer reads it: writer and reader."""
    for node in graph:
        if not isinstance(node.operator, Layer) or not _scales_with_channels(node.operator.clamp):
            continue
        tensor = node.name
        while len(graph.consumers[tensor]) == 1 and tensor != graph.output:
            (reader,) = graph.consumers[tensor]
            match reader.operator:
                case Conv2D() | DepthwiseConv2D() | FullyConnected():
                    yield node, reader
                    break
                case AveragePool(clamp=clamp) | MaxPool(clamp=clamp) if clamp == NO_CLAMP:
                    tensor = reader.name
                case _:
                    break


def _scales_with_channels(clamp: Clamp) -> bool:
    """True for no clamp, Relu, and limits from 0 to a positive number."""
    return clamp == NO_CLAMP or (clamp.low == 0 and clamp.high > 0)


def _layer(node: Node) -> Layer:
    assert isinstance(node.operator, Layer)
    return node.operator


def _scales(high: float, reader: Node, peak: Array) -> Array | None:
    """float64 [C] to divide by, None if there is nothing to balance.

    A channel's importance is the largest share that it has in any output of the reader. With a range in proportion to
    the importance's square root, activations and the weights that read them lose equally much to rounding.
    """
    reading = _reading_weights(reader, len(peak))
    if reading is None or not peak.any():
        return None
    alive = peak > 0
    target = np.clip((peak / peak.max()) ** LEFT_APART, LEAST_TARGET, 1)
    share = reading * peak
    share = share / np.maximum(share.max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    importance = np.maximum(share.max(axis=0), LEAST_IMPORTANCE)
    balanced = peak.max() * target * np.sqrt(importance)
    scales = np.where(alive, peak / balanced, 1.0)
    if high != np.inf:
        scales = np.clip(peak / (high * np.sqrt(importance)), np.minimum(peak * MARGIN / high, 1), 1)
    result: Array = np.where(alive, scales, _harmless(reading, scales, alive))
    return result


def _harmless(reading: Array, scales: Array, alive: Array) -> Array:
    """For channels that were never seen: scales at most 1 that keep their weights from coarsening the others'."""
    largest = (reading * scales)[:, alive].max(axis=1)
    room = np.where(largest > 0, largest, np.inf)[:, np.newaxis]
    result: Array = 1 / np.maximum((reading / room).max(axis=0), 1)
    return result


def _reading_weights(reader: Node, channels: int) -> Array | None:
    """float64 [O, C]: the largest |weight| with which each output (or group of outputs) reads each channel."""
    match reader.operator:
        case Conv2D(weights=weights, groups=1):
            result: Array = _size(weights).max(axis=(1, 2))
        case DepthwiseConv2D(weights=weights):
            result = np.diag(_size(weights).max(axis=(0, 1)).reshape(channels, -1).max(axis=1))
        case FullyConnected(weights=weights):
            result = _size(weights).reshape(len(weights), -1, channels).max(axis=1)
        case _:
            return None
    return result


def _size(weights: Array) -> Array:
    result: Array = np.abs(weights.astype(np.float64))
    return result


def _divided(node: Node, scales: Array) -> Node:
    operator = _layer(node)
    along = scales if isinstance(operator, DepthwiseConv2D) else scales.reshape(-1, *(1,) * (operator.weights.ndim - 1))
    weights, bias = (operator.weights / along).astype(np.float32), (operator.bias / scales).astype(np.float32)
    statistics = None if node.statistics is None else node.statistics.scaled(1 / scales, np.zeros_like(scales))
    return replace(node, operator=replace(operator, weights=weights, bias=bias), statistics=statistics)


def _multiplied(node: Node, scales: Array) -> Node:
    match node.operator:
        case Conv2D(weights=weights) as operator:
            along = scales
        case DepthwiseConv2D(weights=weights) as operator:
            along = np.repeat(scales, weights.shape[2] // len(scales))
        case FullyConnected(weights=weights) as operator:
            along = np.tile(scales, weights.shape[1] // len(scales))
        case operator:
            raise TypeError(f"{operator.mnemonic} has no weights")
    return replace(node, operator=replace(operator, weights=(weights * along).astype(np.float32)))
