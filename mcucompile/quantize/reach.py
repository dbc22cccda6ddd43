"""How far channels could reach, from their weights: made-up inputs leave many channels quieter than real ones do."""

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Array
from mcucompile.quantize.channel_ranges import ChannelRange, ChannelRanges


def widen_to_reach(graph: Graph, ranges: ChannelRanges) -> ChannelRanges:
    """`ranges`, but that channels without statistics reach as far as independent inputs at their own limits take them.

    That is sqrt(sum of (weight · limit)²) + |bias|, within the clamp. It tells channels apart; it is no range.
    """
    return dict(ranges) | {
        node.name: ranges[node.name]._replace(high=np.maximum(_peak(ranges[node.name]), reach))
        for node in graph
        if node.statistics is None and (reach := _reach(node, _peak(ranges[node.inputs[0]]))) is not None
    }


def _peak(found: ChannelRange) -> Array:
    return np.maximum(-found.low, found.high).astype(np.float64)


def _reach(node: Node, limits: Array) -> Array | None:
    match node.operator:
        case Conv2D(weights=weights, groups=1) as layer:
            power = np.square(weights * limits).sum(axis=(1, 2, 3))
        case DepthwiseConv2D(weights=weights) as layer:
            power = np.square(weights * limits.repeat(weights.shape[2] // len(limits))).sum(axis=(0, 1))
        case FullyConnected(weights=weights) as layer:
            power = np.square(weights * np.tile(limits, weights.shape[1] // len(limits))).sum(axis=1)
        case _:
            return None
    result: Array = np.minimum(np.sqrt(power) + np.abs(layer.bias), layer.clamp.high)
    return result
