"""Replacing and removing nodes, which all passes do."""

from collections.abc import Mapping
from dataclasses import replace

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import NO_CLAMP, Clip


def rewrite(graph: Graph, replacements: Mapping[str, Node], aliases: Mapping[str, str]) -> Graph:
    """The graph with the nodes named in `replacements` replaced, and those named in `aliases` removed.

    Whoever read a removed tensor reads its alias instead, and if it was the output, the alias is. An alias is a tensor
    that stays.
    """
    nodes = []
    for node in graph:
        if node.name not in aliases:
            kept = replacements.get(node.name, node)
            nodes.append(replace(kept, inputs=tuple(aliases.get(name, name) for name in kept.inputs)))
    return graph.with_nodes(nodes, aliases.get(graph.output, graph.output))


def is_rounding(node: Node) -> bool:
    """True for a clip that only rounds to the quantization which its tensor is given: a QuantizeLinear of the file."""
    return isinstance(node.operator, Clip) and node.operator.clamp == NO_CLAMP and node.type.given is not None


def has_one_reader(graph: Graph, tensor: str) -> bool:
    """True if just one node reads `tensor`, and nobody outside the graph does."""
    return len(graph.consumers[tensor]) == 1 and graph.output != tensor
