"""Moves products that never change into the bias."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.reference.fixed_point import INT32_MAX
from mcucompile.simplify.intervals import Intervals, channel_intervals, operands
from mcucompile.simplify.products import Weighted, products_of, with_products

INPUT_REACH = 255
"""No |x - zero_point| of int8 x is larger."""


def fold_constant_operands(graph: Graph) -> Graph:
    """Where a weight meets the same number for every input, their product goes into the bias and the weight is zero.

    Such are: a constant channel that equals the zero point, a constant channel seen without padding, and padding that
    a tap never leaves. A tap that sees a constant beside padding, where it finds 0, is left alone; so is an output
    channel whose accumulator could leave 32 bits.
    """
    intervals = channel_intervals(graph)
    nodes = list(graph)
    for i, node in enumerate(nodes):
        match node.operator:
            case Conv2D() | DepthwiseConv2D() | FullyConnected() as operator:
                nodes[i] = _fold(graph, node, operator, intervals)
            case _:
                pass
    changed = any(new is not old for new, old in zip(nodes, graph, strict=True))
    return graph.with_nodes(nodes) if changed else graph


def _fold(graph: Graph, node: Node, operator: Weighted, intervals: Intervals) -> Node:
    met = operands(graph, node, operator, intervals)
    products = products_of(operator, graph.input_types(node)[0].shape.c)
    constant = met.is_constant & (products != 0)
    if not constant.any():
        return node
    bias = operator.bias + np.where(constant, products * met.low, 0).sum(axis=(2, 3)).reshape(-1)
    folded = np.where(constant, 0, products)
    reach = np.abs(bias) + INPUT_REACH * np.abs(folded).sum(axis=(2, 3)).reshape(-1)
    fits = reach <= INT32_MAX
    if not (fits & constant.any(axis=(2, 3)).reshape(-1)).any():
        return node
    products = np.where(fits.reshape(*products.shape[:2], 1, 1), folded, products)
    return replace(node, operator=with_products(operator, products, np.where(fits, bias, operator.bias)))
