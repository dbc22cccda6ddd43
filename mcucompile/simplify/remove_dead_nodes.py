"""Removes nodes whose result nobody reads."""

from mcucompile.ir.graph import Graph


def remove_dead_nodes(graph: Graph) -> Graph:
    """Only the nodes that the output is computed from."""
    alive = {graph.output}
    for node in reversed(graph.nodes):
        if node.name in alive:
            alive.update(node.inputs)
    nodes = [node for node in graph if node.name in alive]
    return graph.with_nodes(nodes) if len(nodes) < len(graph.nodes) else graph
