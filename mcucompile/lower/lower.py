"""Lowers an int8 graph to a program."""

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Add, Conv2D, DepthwiseConv2D, FullyConnected, Mean, Mul
from mcucompile.ir.program import InputMode, KernelLibrary, Layer, Program
from mcucompile.ir.tensors import Array
from mcucompile.lower.constraints import require_supported
from mcucompile.lower.fold import fold_zero_point
from mcucompile.lower.kernels import KERNELS, scratch_bytes
from mcucompile.lower.select import select_kernel
from mcucompile.lower.steps import layer_by_layer, single_layers
from mcucompile.target import Core


def lower(graph: Graph, core: Core, library: KernelLibrary, input_mode: InputMode) -> Program:
    """The program that computes the int8 `graph` on `core`, layer by layer, in the order of its nodes.

    Raises UnsupportedModelError with all nodes that no kernel can compute.
    """
    require_supported(graph)
    layers = tuple(_bind(graph, node, index, core, library) for index, node in enumerate(graph))
    return Program(
        name=graph.name,
        input=graph.input,
        input_type=graph.input_type,
        input_mode=input_mode,
        origin_input=graph.origin_input,
        layers=layers,
        steps=layer_by_layer(layers, graph.types),
        output=graph.output,
        alignment=core.alignment,
        segments=single_layers(layers),
    )


def _bind(graph: Graph, node: Node, index: int, core: Core, library: KernelLibrary) -> Layer:
    sources = [type_.shape for type_ in graph.input_types(node)]
    input_offsets, bias = _offsets_and_bias(graph, node)
    kernel = select_kernel(node, sources, input_offsets[0] == 0, core, library)
    return Layer(
        index=index,
        node=node,
        kernel=kernel,
        input_offsets=input_offsets,
        bias=bias,
        scratch_bytes=scratch_bytes(kernel, node, sources[0], core, library),
        overwrites=KERNELS[kernel].overwrites,
    )


def _offsets_and_bias(graph: Graph, node: Node) -> tuple[tuple[int, ...], Array | None]:
    sources = graph.input_types(node)
    match node.operator:
        case Conv2D() | DepthwiseConv2D() | FullyConnected():
            accumulator = fold_zero_point(node, sources[0])
            return (accumulator.input_offset,), accumulator.bias
        case Add() | Mul() | Mean():
            return tuple(-source.quantized().zero_point for source in sources), None
        case _:
            return (0,) * len(sources), None
