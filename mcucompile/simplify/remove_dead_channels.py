"""Removes channels that nobody needs, from the layer that makes them to the weights that read them."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Operator, Requantize
from mcucompile.ir.tensors import Array
from mcucompile.simplify.needs import Channels, kept_channels, needed_channels
from mcucompile.simplify.products import Weighted, products_of, with_products


def remove_dead_channels(graph: Graph) -> Graph:
    """Every tensor with the channels that the output depends on, and those that these cannot do without.

    `Node.parameters` stays: it counts what the file had.
    """
    needed = needed_channels(graph)
    if all(channels.all() for channels in needed.values()):
        return graph
    silent = graph.with_nodes([_silence(graph, node, needed[node.name]) for node in graph])
    kept = kept_channels(silent, needed)
    if all(channels.all() for channels in kept.values()):
        return silent if silent != graph else graph
    return graph.with_nodes([_slice(node, kept) for node in silent])


def _silence(graph: Graph, node: Node, needed: Array) -> Node:
    """`node` without products in the channels whose values nobody needs: one that has to stay shall need nothing."""
    match node.operator:
        case Conv2D() | DepthwiseConv2D() | FullyConnected() as operator if not needed.all():
            products = products_of(operator, graph.input_types(node)[0].shape.c)
            products = np.where(needed.reshape(*products.shape[:2], 1, 1), products, 0)
            bias = np.where(needed, operator.bias, 0)
            return replace(node, operator=with_products(operator, products, bias))
        case _:
            return node


def _slice(node: Node, kept: Channels) -> Node:
    output = kept[node.name]
    shape = node.type.shape._replace(c=int(output.sum()))
    operator = _slice_operator(node.operator, output, kept[node.inputs[0]])
    return replace(node, operator=operator, type=replace(node.type, shape=shape))


def _slice_operator(operator: Operator, output: Array, source: Array) -> Operator:
    match operator:
        case Conv2D(groups=1):
            return _slice_outputs(operator, operator.weights[output][..., source], output)
        case DepthwiseConv2D():
            return _slice_outputs(operator, operator.weights[..., output], output)
        case FullyConnected(weights=weights):
            columns = weights[output].reshape(int(output.sum()), -1, len(source))[..., source]
            return _slice_outputs(operator, columns.reshape(len(columns), -1), output)
        case _:
            return operator


def _slice_outputs(operator: Weighted, weights: Array, output: Array) -> Operator:
    factor = operator.requantize
    assert factor is not None
    requantize = Requantize(factor.multiplier[output], factor.shift[output])
    return replace(operator, weights=weights, bias=operator.bias[output], requantize=requantize)
