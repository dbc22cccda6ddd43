"""Nodes that give what another tensor holds already."""

from collections.abc import Mapping
from dataclasses import replace

from mcucompile.ir.graph import Graph


def replace_by_aliases(graph: Graph, aliases: Mapping[str, str]) -> Graph:
    """The graph without the nodes in `aliases`; whoever reads one reads its alias, a tensor that stays.

    The graph's output may have an alias too. Without aliases, the very same graph.
    """
    if not aliases:
        return graph
    nodes = [
        replace(node, inputs=tuple(aliases.get(name, name) for name in node.inputs))
        for node in graph
        if node.name not in aliases
    ]
    return graph.with_nodes(nodes, aliases.get(graph.output, graph.output))
