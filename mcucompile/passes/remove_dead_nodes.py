"""Removes nodes whose result nobody reads."""

from mcucompile.ir.graph import Graph


def remove_dead_nodes(graph: Graph) -> Graph:
    """Only the nodes that the output depends on."""
    alive = {graph.output}
    for node in reversed(graph.nodes):
        if node.name in alive:
            alive.update(node.inputs)
    return graph.with_nodes([node for node in graph if node.name in alive])
