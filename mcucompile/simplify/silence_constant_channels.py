"""Sets the weights of output channels that never change to zero; the bias alone makes their value."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.simplify.intervals import accumulators, channel_intervals
from mcucompile.simplify.products import products_of, with_products


def silence_constant_channels(graph: Graph) -> Graph:
    """A channel that its clamp always saturates, or whose factor is zero, needs no products.

    Any accumulator out of its interval gives the channel's value; the one nearest to the old bias becomes the bias.
    """
    intervals = channel_intervals(graph)
    nodes = list(graph)
    for i, node in enumerate(nodes):
        match node.operator:
            case Conv2D() | DepthwiseConv2D() | FullyConnected() as operator:
                products = products_of(operator, graph.input_types(node)[0].shape.c)
                channels = products.shape[:2]
                constant = intervals[node.name].is_constant
                silent = constant & products.any(axis=(2, 3)).reshape(-1)
                if silent.any():
                    sums = accumulators(graph, node, operator, intervals)
                    bias = np.where(silent, operator.bias.clip(*sums), operator.bias)
                    products = np.where(silent.reshape(*channels, 1, 1), 0, products)
                    nodes[i] = replace(node, operator=with_products(operator, products, bias))
            case _:
                pass
    changed = any(new is not old for new, old in zip(nodes, graph, strict=True))
    return graph.with_nodes(nodes) if changed else graph
