"""Folds the scaling of channels into the layers that read it, where it cannot go into the layer before it."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import ChannelAffine, Conv2D, DepthwiseConv2D, FullyConnected, Padding
from mcucompile.ir.tensors import Array
from mcucompile.passes.rewrite import rewrite


def fold_affine_into_readers(graph: Graph) -> Graph:
    """channel_affine, then convolutions or fully connected layers -> those layers, if all readers can take it.

    A padded convolution sees 0 beside the image, where the scaling would have put its offset: it takes only a scaling
    without offset. The parameters go to the first reader.
    """
    for node in graph.nodes:
        affine = graph.by_name[node.name]
        if not isinstance(affine.operator, ChannelAffine) or graph.output == affine.name:
            continue
        readers = graph.consumers[affine.name]
        folded = {reader.name: _folded(reader, affine.operator) for reader in readers}
        usable = {name: reader for name, reader in folded.items() if reader is not None}
        if readers and len(usable) == len(folded):
            first = usable[readers[0].name]
            usable[first.name] = replace(first, parameters=first.parameters + affine.parameters)
            graph = rewrite(graph, usable, {affine.name: affine.inputs[0]})
    return graph


def _folded(reader: Node, affine: ChannelAffine) -> Node | None:
    scale, offset = affine.scale.astype(np.float64), affine.offset.astype(np.float64)
    match reader.operator:
        case Conv2D() | DepthwiseConv2D() as layer if layer.window.padding != Padding() and np.any(offset != 0):
            return None
        case Conv2D(weights=weights) as layer:
            scales, offsets = (_per_weight(values, layer) for values in (scale, offset))
            added = (weights * offsets).sum(axis=(1, 2, 3))
        case DepthwiseConv2D(weights=weights) as layer:
            scales, offsets = (np.repeat(values, weights.shape[2] // len(scale)) for values in (scale, offset))
            added = (weights * offsets).sum(axis=(0, 1))
        case FullyConnected(weights=weights) as layer:
            scales, offsets = (np.tile(values, weights.shape[1] // len(scale)) for values in (scale, offset))
            added = (weights * offsets).sum(axis=1)
        case _:
            return None
    scaled = (weights * scales).astype(np.float32)
    bias = (layer.bias + added).astype(np.float32)
    return replace(reader, operator=replace(layer, weights=scaled, bias=bias, weight_scales=None))


def _per_weight(values: Array, layer: Conv2D) -> Array:
    """`values`, one for each input channel, laid out beside the weights: [O, 1, 1, I/groups]."""
    outputs, kernel_c = layer.weights.shape[0], layer.weights.shape[3]
    by_group = values.reshape(layer.groups, 1, kernel_c)
    by_output = np.broadcast_to(by_group, (layer.groups, outputs // layer.groups, kernel_c))
    return by_output.reshape(outputs, 1, 1, kernel_c)
