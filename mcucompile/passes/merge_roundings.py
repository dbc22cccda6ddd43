"""Removes roundings that repeat another: files write QuantizeLinear once for every reader, or twice in a row."""

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Quantization
from mcucompile.passes.rewrite import is_rounding, rewrite


def merge_roundings(graph: Graph) -> Graph:
    """Roundings of one tensor to one quantization -> one; of a tensor that is rounded so already -> none."""
    given = {graph.input: graph.input_type.given}
    first: dict[tuple[str, Quantization | None], str] = {}
    aliases: dict[str, str] = {}
    for node in graph:
        given[node.name] = node.type.given
        if not is_rounding(node):
            continue
        source = aliases.get(node.inputs[0], node.inputs[0])
        if given[source] == node.type.given:
            aliases[node.name] = source
        elif (source, node.type.given) in first:
            aliases[node.name] = first[source, node.type.given]
        else:
            first[source, node.type.given] = node.name
    return rewrite(graph, {}, aliases)
