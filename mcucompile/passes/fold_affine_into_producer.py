"""Folds the scaling of channels, such as batch normalization, into the layer before it."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import NO_CLAMP, ChannelAffine, Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Array
from mcucompile.passes.rewrite import has_one_reader, rewrite


def fold_affine_into_producer(graph: Graph) -> Graph:
    """Convolution or fully connected layer, then channel_affine -> one layer, if nothing clamps or reads in between."""
    for node in graph.nodes:
        affine = graph.by_name[node.name]
        producer = graph.by_name.get(affine.inputs[0])
        if producer is None or not has_one_reader(graph, producer.name):
            continue
        if not isinstance(affine.operator, ChannelAffine):
            continue
        folded = fold(producer, affine.operator)
        if folded is not None:
            parameters = producer.parameters + affine.parameters
            folded = replace(folded, parameters=parameters, statistics=affine.statistics or folded.statistics)
            graph = rewrite(graph, {producer.name: folded}, {affine.name: producer.name})
    return graph


def fold(producer: Node, affine: ChannelAffine) -> Node | None:
    """`producer` with `affine` behind it, None unless its operator sums products and clamps and rounds nothing."""
    scale, offset = affine.scale, affine.offset
    match producer.operator:
        case Conv2D() | FullyConnected() as layer:
            per_row = scale.reshape(-1, *(1,) * (layer.weights.ndim - 1))
        case DepthwiseConv2D() as layer:
            per_row = scale
        case _:
            return None
    if layer.clamp != NO_CLAMP or producer.type.given is not None:
        return None
    weights = _product(layer.weights, per_row).astype(np.float32)
    bias = (_product(layer.bias, scale) + offset).astype(np.float32)
    scales = layer.weight_scales
    if scales is not None:
        scales = _product(scales, np.where(scale == 0, 1, np.abs(scale)))
    statistics = None if producer.statistics is None else producer.statistics.scaled(scale, offset)
    operator = replace(layer, weights=weights, bias=bias, weight_scales=scales)
    return replace(producer, operator=operator, statistics=statistics)


def _product(a: Array, b: Array) -> Array:
    result: Array = a.astype(np.float64) * b
    return result
