"""One quantization for a concat and everything it joins, because its kernel only copies."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Add, Clip, Concat, Conv2D, DepthwiseConv2D, Elementwise, FullyConnected, Lookup, Mul
from mcucompile.ir.shapes import is_global_pool
from mcucompile.ir.tensors import Quantization, TensorType

FREE = (Add, Clip, Concat, Conv2D, DepthwiseConv2D, Elementwise, FullyConnected, Mul)
"""Operators whose int8 form can give its result in any quantization."""


def share_scales(graph: Graph, chosen: Mapping[str, Quantization]) -> dict[str, Quantization]:
    """`chosen`, but that inputs of a concat which nobody else reads get its quantization, if it is no finer."""
    shared = dict(chosen)
    for concat in reversed(graph.nodes):
        if isinstance(concat.operator, Concat):
            for name in concat.inputs:
                if _is_free(graph, name) and shared[name].scale <= shared[concat.name].scale:
                    shared[name] = shared[concat.name]
    return shared


def _is_free(graph: Graph, name: str) -> bool:
    producer = graph.by_name.get(name)
    if producer is None or producer.type.given is not None or graph.output == name:
        return False
    free = isinstance(producer.operator, FREE) or is_global_pool(graph, producer)
    return free and len(graph.consumers[name]) == 1


def rescale_concat_inputs(graph: Graph) -> Graph:
    """The int8 graph with a lookup before every input of a concat that has another quantization than its output."""
    nodes: list[Node] = []
    rescaled: dict[tuple[str, Quantization], str] = {}
    names = set(graph.types)
    for node in graph:
        if isinstance(node.operator, Concat):
            wanted = node.type.quantized()
            for name in node.inputs:
                source = graph.types[name]
                if source.quantization != wanted and (name, wanted) not in rescaled:
                    rescaled[name, wanted] = _unused(f"{name}_rescaled", names)
                    table = wanted.quantize(source.quantized().dequantize(np.arange(-128, 128).astype(np.int8)))
                    type_ = TensorType(source.shape, wanted)
                    nodes.append(Node(rescaled[name, wanted], Lookup(table), (name,), type_, node.origin))
            inputs = tuple(rescaled.get((name, wanted), name) for name in node.inputs)
            nodes.append(replace(node, inputs=inputs))
        else:
            nodes.append(node)
    return graph.with_nodes(nodes)


def _unused(name: str, names: set[str]) -> str:
    while name in names:
        name += "_"
    names.add(name)
    return name
