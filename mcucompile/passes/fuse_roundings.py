"""Fuses the roundings of a quantized file into the graph's input and the layers that make what they round."""

from dataclasses import replace

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import SOFTMAX_OUTPUT, AveragePool, MaxPool, Size2D, Softmax
from mcucompile.ir.tensors import Quantization
from mcucompile.passes.rewrite import has_one_reader, is_rounding, rewrite


def fuse_roundings(graph: Graph) -> Graph:
    """A tensor, then its rounding -> the tensor with that given quantization, if nobody reads in between.

    A later pass must not fuse operators: it would have to look at what their tensors are given.
    """
    for node in graph.nodes:
        rounding = graph.by_name.get(node.name)
        if rounding is None or not is_rounding(rounding):
            continue
        (source,) = rounding.inputs
        given = rounding.type.given
        assert given is not None
        if graph.types[source].given is not None or not has_one_reader(graph, source):
            continue
        if source == graph.input:
            graph = replace(graph, input_type=replace(graph.input_type, given=given))
            graph = rewrite(graph, {}, {rounding.name: source})
        elif can_round_to(graph, graph.by_name[source], given):
            producer = graph.by_name[source]
            rounded = replace(producer, type=replace(producer.type, given=given))
            graph = rewrite(graph, {source: rounded}, {rounding.name: source})
    return graph


def can_round_to(graph: Graph, node: Node, given: Quantization) -> bool:
    """True if the int8 form of `node` can give its result in the quantization `given`."""
    match node.operator:
        case AveragePool(window=window) if window.covers(Size2D(*graph.types[node.inputs[0]].shape[:2])):
            return True
        case AveragePool() | MaxPool():
            return graph.types[node.inputs[0]].given == given
        case Softmax():
            return given == SOFTMAX_OUTPUT
        case _:
            return True
