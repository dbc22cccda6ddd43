"""Layer by layer: every node becomes one layer, and one step that makes its whole output."""

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.program import InputMode, KernelLibrary, Layer, Program, Rows, Step
from mcucompile.ir.shapes import input_rows
from mcucompile.lower.bias import folded_bias
from mcucompile.lower.kernels import may_overwrite, scratch_bytes, select_kernel
from mcucompile.target import Core


def lower(graph: Graph, core: Core, library: KernelLibrary, input_mode: InputMode) -> Program:
    """The program that runs an int8 graph one whole layer at a time, in the graph's order."""
    layers = tuple(_layer(graph, index, node, core, library) for index, node in enumerate(graph))
    return Program(
        name=graph.name,
        input=graph.input,
        input_type=graph.input_type,
        input_mode=input_mode,
        origin_input=graph.origin_input,
        layers=layers,
        steps=tuple(_whole_layer(graph, layer) for layer in layers),
        output=graph.output,
        alignment=core.alignment,
    )


def _layer(graph: Graph, index: int, node: Node, core: Core, library: KernelLibrary) -> Layer:
    inputs = graph.input_types(node)
    kernel = select_kernel(node, inputs[0].shape, library)
    bias, input_offsets = folded_bias(node, inputs)
    return Layer(
        index=index,
        node=node,
        kernel=kernel,
        input_offsets=input_offsets,
        bias=bias,
        scratch_bytes=scratch_bytes(kernel, node, inputs[0].shape, core, library),
        overwrites=may_overwrite(kernel, len(inputs)),
    )


def _whole_layer(graph: Graph, layer: Layer) -> Step:
    node = layer.node
    rows = Rows(0, node.type.shape.h)
    reads = tuple(Rows(*input_rows(node.operator, t.shape, rows)) for t in graph.input_types(node))
    return Step(layer.index, rows, reads)
