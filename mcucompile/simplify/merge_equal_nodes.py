"""Merges nodes that compute the same thing."""

from dataclasses import replace

from mcucompile.ir.graph import Graph, Node
from mcucompile.simplify.aliases import replace_by_aliases


def merge_equal_nodes(graph: Graph) -> Graph:
    """Of nodes with equal operators, inputs and types, the first stays; readers of the others read it."""
    aliases: dict[str, str] = {}
    first: dict[Node, str] = {}
    for node in graph:
        inputs = tuple(aliases.get(name, name) for name in node.inputs)
        same = replace(node, name="", origin="", parameters=0, inputs=inputs)
        if first.setdefault(same, node.name) != node.name:
            aliases[node.name] = first[same]
    return replace_by_aliases(graph, aliases)
