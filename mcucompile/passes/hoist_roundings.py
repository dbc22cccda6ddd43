"""Moves roundings in front of operators that only move numbers, where another layer can take them."""

from dataclasses import replace

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Pad
from mcucompile.passes.rewrite import has_one_reader, is_rounding


def hoist_roundings(graph: Graph) -> Graph:
    """Pad, then rounding -> rounding, then pad: the same, because every quantization has 0."""
    for name in [node.name for node in reversed(graph.nodes)]:
        rounding = graph.by_name[name]
        mover = graph.by_name.get(rounding.inputs[0])
        if mover is None or not isinstance(mover.operator, Pad) or not is_rounding(rounding):
            continue
        if has_one_reader(graph, mover.name):
            graph = _swapped(graph, mover, rounding)
    return graph


def _swapped(graph: Graph, mover: Node, rounding: Node) -> Graph:
    """The same tensors and places in the order of execution for the two nodes, their operators exchanged."""
    before = replace(graph.types[mover.inputs[0]], given=rounding.type.given)
    first = replace(rounding, name=mover.name, inputs=mover.inputs, type=before)
    second = replace(mover, name=rounding.name, inputs=(mover.name,))
    places = {mover.name: first, rounding.name: second}
    return graph.with_nodes([places.get(node.name, node) for node in graph])
