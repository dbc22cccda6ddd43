"""Moves roundings in front of operators that only move numbers, so that the layers before those can take them."""

from dataclasses import replace

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import MaxPool, Pad
from mcucompile.passes.rewrite import has_one_reader, is_rounding


def hoist_roundings(graph: Graph) -> Graph:
    """Pad or max_pool, then rounding -> rounding, then pad or max_pool.

    The same, because every quantization has 0 and rounding keeps the order. A pool of what is rounded already stays in
    front: to round its few results again costs less.
    """
    for node in reversed(graph.nodes):
        rounding = graph.by_name[node.name]
        mover = graph.by_name.get(rounding.inputs[0])
        if mover is None or not is_rounding(rounding) or not has_one_reader(graph, mover.name):
            continue
        match mover.operator:
            case Pad():
                graph = _exchanged(graph, mover, rounding)
            case MaxPool() if graph.types[mover.inputs[0]].given is None:
                graph = _exchanged(graph, mover, rounding)
            case _:
                pass
    return graph


def _exchanged(graph: Graph, mover: Node, rounding: Node) -> Graph:
    """The rounding in the mover's place, and the reverse; whoever read the rounding reads the mover."""
    rounded = replace(graph.types[mover.inputs[0]], given=rounding.type.given)
    first = replace(rounding, inputs=mover.inputs, type=rounded)
    second = replace(mover, inputs=(rounding.name,))
    nodes = []
    for node in graph:
        if node.name == mover.name:
            nodes.append(first)
        elif node.name == rounding.name:
            nodes.append(second)
        else:
            inputs = tuple(mover.name if name == rounding.name else name for name in node.inputs)
            nodes.append(replace(node, inputs=inputs))
    return graph.with_nodes(nodes, mover.name if graph.output == rounding.name else None)
