"""Removes rescales, tables and pools that change nothing."""

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import AveragePool, DepthwiseConv2D, Lookup, MaxPool, Padding
from mcucompile.ir.shapes import window_of
from mcucompile.reference.evaluate import apply_int8
from mcucompile.simplify.aliases import replace_by_aliases
from mcucompile.simplify.intervals import Interval, channel_intervals

INT8_VALUES = np.arange(-128, 128)


def remove_identities(graph: Graph) -> Graph:
    """A node that looks at single elements and gives each back, with an equal type, goes; its readers read its input.

    The input of the graph is never its output: there the node stays.
    """
    intervals = channel_intervals(graph)
    aliases: dict[str, str] = {}
    for node in graph:
        source = aliases.get(node.inputs[0], node.inputs[0])
        keeps_output = node.name != graph.output or source != graph.input
        if keeps_output and _is_identity(graph, node, intervals[node.inputs[0]]):
            aliases[node.name] = source
    return replace_by_aliases(graph, aliases)


def _is_identity(graph: Graph, node: Node, interval: Interval) -> bool:
    """Whether `node` gives back every value that its input can hold, found by trying them all."""
    if graph.input_types(node)[0] != node.type or not _is_elementwise(node):
        return False
    x = np.broadcast_to(INT8_VALUES[:, np.newaxis], (256, node.type.shape.c))
    y = apply_int8(graph, node, (x.astype(np.int8).reshape(256, 1, 1, -1),)).reshape(x.shape)
    reachable = (x >= interval.low) & (x <= interval.high)
    return bool(np.all((x == y) | ~reachable))


def _is_elementwise(node: Node) -> bool:
    match node.operator:
        case Lookup():
            return True
        case AveragePool() | MaxPool() | DepthwiseConv2D() as operator:
            window = window_of(operator)
            return window is not None and window.kernel == window.stride == (1, 1) and window.padding == Padding()
        case _:
            return False
