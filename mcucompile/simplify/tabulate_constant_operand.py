"""Turns sums and products with one constant operand into a table of the other."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Add, Lookup, Mul
from mcucompile.reference.evaluate import apply_int8
from mcucompile.simplify.intervals import Interval, Intervals, channel_intervals

INT8_VALUES = np.arange(-128, 128).astype(np.int8).reshape(256, 1, 1, 1)


def tabulate_constant_operand(graph: Graph) -> Graph:
    """An addition of one number, the same in all channels for every input, becomes a lookup; so does a product with it.

    But not where the other operand is the factor of each channel, which has another shape than the product.
    """
    intervals = channel_intervals(graph)
    nodes = [_tabulate(graph, node, intervals) for node in graph]
    changed = any(new is not old for new, old in zip(nodes, graph, strict=True))
    return graph.with_nodes(nodes) if changed else graph


def _tabulate(graph: Graph, node: Node, intervals: Intervals) -> Node:
    if not isinstance(node.operator, Add | Mul):
        return node
    for constant, name in enumerate(node.inputs):
        other = node.inputs[1 - constant]
        if not _is_one_number(intervals[name]) or graph.types[other].shape != node.type.shape:
            continue
        number = np.full_like(INT8_VALUES, intervals[name].low[0])
        operands = (number, INT8_VALUES) if constant == 0 else (INT8_VALUES, number)
        table = apply_int8(graph, node, operands).reshape(-1)
        return replace(node, operator=Lookup(table), inputs=(other,))
    return node


def _is_one_number(interval: Interval) -> bool:
    return bool(np.all(interval.is_constant) and np.all(interval.low == interval.low[0]))
