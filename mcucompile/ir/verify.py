"""Checks a Graph's invariants; run between stages, so that a broken value is caught where it was made."""

import numpy as np

from mcucompile.errors import InternalError
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    SOFTMAX_OUTPUT,
    Add,
    AveragePool,
    ChannelAffine,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Lookup,
    MaxPool,
    Mean,
    Mul,
    Pad,
    Requantize,
    Softmax,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Array, Quantization, Shape
from mcucompile.ir.text import format_node

FLOAT_ONLY = (ChannelAffine, Clip, Elementwise, Pad)
INT8_ONLY = (Lookup, Mean)


def verify_graph(graph: Graph) -> None:
    """Raise InternalError unless `graph` is well formed.

    Every name is defined once and before its use; shapes follow from the operators; the graph is float or int8
    throughout, and every operator has the constants of its kind.
    """
    quantized = graph.input_type.is_quantized
    known = {graph.input: graph.input_type}
    for node in graph:
        _require(node, node.name not in known, f"%{node.name} is defined twice", "one definition of each tensor")
        _verify_arity(node)
        for name in node.inputs:
            _require(node, name in known, f"%{name} is read before it is defined", "nodes in topological order")
        shapes = tuple(known[name].shape for name in node.inputs)
        _require(node, node.type.is_quantized == quantized, "float and int8 tensors in one graph", "one of the two")
        _verify_constants(node, shapes[0], quantized)
        _verify_operands(node, shapes)
        expected = output_shape(node.operator, shapes)
        _require(node, node.type.shape == expected, f"shape {node.type.shape}", f"{expected}, from its inputs")
        _require(node, min(expected) >= 1, f"shape {expected}", "at least one element each way")
        _require(node, node.type.given is None or not quantized, "a given quantization beside the chosen one", "one")
        _verify_quantization(node, [known[name].quantization for name in node.inputs])
        known[node.name] = node.type
    if graph.output not in known:
        raise InternalError.broken(f"graph {graph.name}", f"output %{graph.output}", "a tensor of the graph")


def _require(node: Node, condition: bool, found: str, allowed: str) -> None:
    if not condition:
        raise InternalError.broken(format_node(node), found, allowed)


def _verify_arity(node: Node) -> None:
    count, arity = len(node.inputs), node.operator.arity
    good = count >= 2 if arity is None else count == arity
    _require(node, good, f"{count} inputs", "2 or more" if arity is None else f"{arity}")


def _verify_operands(node: Node, shapes: tuple[Shape, ...]) -> None:
    found = ", ".join(map(str, shapes))
    match node.operator:
        case Add():
            _require(node, shapes[0] == shapes[1], f"operands of {found}", "one shape")
        case Mul():
            good = shapes[1] in (shapes[0], Shape(1, 1, shapes[0].c))
            _require(node, good, f"operands of {found}", f"{shapes[0]} or 1x1x{shapes[0].c} for the second")
        case Concat():
            good = len({(shape.h, shape.w) for shape in shapes}) == 1
            _require(node, good, f"operands of {found}", "one height and width")
        case _:
            pass


def _verify_constants(node: Node, shape: Shape, quantized: bool) -> None:
    operator = node.operator
    other_kind = FLOAT_ONLY if quantized else INT8_ONLY
    _require(node, not isinstance(operator, other_kind), f"{operator.mnemonic} in this kind of graph", "the other kind")
    match operator:
        case Conv2D(weights=weights, bias=bias, groups=groups):
            _verify_weights(node, weights, bias, 4, weights.shape[0], quantized)
            _require(node, weights.shape[3] * groups == shape.c, f"{shape.c} channels in", "I/groups times groups")
            _require(node, weights.shape[1:3] == operator.window.kernel, "weights unlike the window", "O, kh, kw, I")
        case DepthwiseConv2D(weights=weights, bias=bias):
            _verify_weights(node, weights, bias, 3, weights.shape[2], quantized)
            _require(node, weights.shape[2] % shape.c == 0, f"{shape.c} channels in", "a divisor of the channels out")
            _require(node, weights.shape[:2] == operator.window.kernel, "weights unlike the window", "kh, kw, C·M")
        case FullyConnected(weights=weights, bias=bias):
            _verify_weights(node, weights, bias, 2, weights.shape[0], quantized)
            _require(node, weights.shape[1] == shape.elements, f"{shape.elements} inputs", f"{weights.shape[1]}")
        case ChannelAffine(scale=scale, offset=offset):
            good = scale.shape == offset.shape == (shape.c,)
            _require(node, good, f"scale {scale.shape}, offset {offset.shape}", f"({shape.c},)")
        case (
            Mul(requantize=Requantize(multiplier=multiplier, shift=shift))
            | Mean(requantize=Requantize(multiplier=multiplier, shift=shift))
        ):
            sizes = (multiplier.shape, shift.shape)
            _require(node, quantized, "requantize of the other graph kind", "its own kind")
            _require(node, sizes == ((1,), (1,)), f"requantize {sizes}", "(1,)")
        case Add(requantize=requantize) | Mul(requantize=requantize) | Mean(requantize=requantize):
            _require(node, (requantize is not None) == quantized, "requantize of the other graph kind", "its own kind")
        case Lookup(table=table):
            _require(node, table.shape == (256,) and table.dtype == np.int8, f"table {table.shape}", "int8 [256]")
        case _:
            pass


def _verify_weights(node: Node, weights: Array, bias: Array, rank: int, channels: int, quantized: bool) -> None:
    types = (np.dtype(np.int8), np.dtype(np.int32)) if quantized else (np.dtype(np.float32),) * 2
    found = f"weights {weights.shape} {weights.dtype}, bias {bias.shape} {bias.dtype}"
    good = weights.ndim == rank and bias.shape == (channels,) and (weights.dtype, bias.dtype) == types
    _require(node, good, found, f"rank {rank} and [{channels}], {types[0]} and {types[1]}")
    requantize = getattr(node.operator, "requantize", None)
    _require(node, (requantize is not None) == quantized, "requantize of the other graph kind", "its own kind")
    if requantize is not None:
        sizes = (requantize.multiplier.shape, requantize.shift.shape)
        _require(node, sizes == ((channels,), (channels,)), f"requantize {sizes}", f"({channels},)")
    scales = getattr(node.operator, "weight_scales", None)
    if scales is not None:
        _require(node, not quantized, "weight scales in an int8 graph", "a float graph")
        good = scales.shape == (channels,) and bool(np.all(scales > 0))
        _require(node, good, f"weight scales {scales.shape}", f"({channels},), positive")


def _verify_quantization(node: Node, sources: list[Quantization | None]) -> None:
    if node.type.quantization is None:
        return
    match node.operator:
        case AveragePool() | MaxPool() | Concat():
            others = [source for source in sources if source != node.type.quantization]
            found = f"{', '.join(map(str, others))} in, {node.type.quantization} out"
            _require(node, not others, found, "one quantization for both")
        case Softmax():
            found = f"{node.type.quantization}"
            _require(node, node.type.quantization == SOFTMAX_OUTPUT, found, f"{SOFTMAX_OUTPUT}")
        case _:
            pass
