"""Finds out what the axes of the graph's input are, from the first operator that cares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onnx import NodeProto

from mcucompile.importer.axes import LAYOUTS, Axes, axis, factors_of, normalized
from mcucompile.importer.constraints import ViolationError
from mcucompile.importer.converters.relabel import RELABELLINGS, reshape_target
from mcucompile.importer.graph_input import GraphInput
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.scope import Scope
from mcucompile.importer.values import Activation, Unknown, Value
from mcucompile.ir.tensors import Shape

ONNX_LAYOUT = frozenset(
    {
        *("AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "GlobalAveragePool", "GlobalMaxPool"),
        *("MaxPool", "QLinearConv", "com.microsoft.QLinearAveragePool", "com.microsoft.QLinearGlobalAveragePool"),
    }
)
"""Operators that fix the layout of their input as N, C, H, W."""

ELEMENTWISE = frozenset(
    {
        *("Add", "Clip", "Div", "Max", "Min", "Mul", "Pad", "Relu", "Sub"),
        *("HardSigmoid", "HardSwish", "LeakyRelu", "Sigmoid", "Tanh"),
        *(f"{domain}{name}Linear" for domain in ("", "com.microsoft.") for name in ("Quantize", "Dequantize")),
        *(f"com.microsoft.QLinear{name}" for name in ("Add", "LeakyRelu", "Mul", "Sigmoid")),
    }
)
"""Operators that keep the axes of their computed input."""

Parts = tuple[tuple[int, ...], ...]
"""The sizes of the parts that each ONNX axis consists of; most have one part."""


@dataclass(frozen=True)
class InputLayout:
    """letters: IR axes in ONNX order, such as "NHWC". An ONNX axis that is a flattened image has several letters."""

    letters: str
    shape: Shape
    axes: Axes


def input_layout(
    source: GraphInput, nodes: Sequence[NodeProto], stored: Mapping[str, Value], opset: int
) -> InputLayout:
    """The layout of the graph's input; `stored` are the initializers.

    The input's axes are followed, under the names 0, 1, 2, 3, through everything that only moves axes, up to the first
    operator that fixes a layout. Without such an operator the likeliest layout of the rank is taken. A first Reshape
    that splits an axis makes it a product.
    """
    parts: Parts = tuple((size,) for size in source.shape)
    found = _follow(source.name, parts, nodes, Scope(stored, opset))
    if isinstance(found, tuple):
        parts = found
        found = _follow(source.name, parts, nodes, Scope(stored, opset))
    count = sum(len(part) for part in parts)
    letters = _complete(found[:count] if isinstance(found, str) else "?" * count)
    size = dict(zip(letters, (size for part in parts for size in part), strict=True))
    shape = Shape(size.get("H", 1), size.get("W", 1), size.get("C", 1))
    return InputLayout(letters, shape, _named(parts, letters))


def _named(parts: Parts, names: str) -> Axes:
    """The axes that have these parts, called `names` one after the other."""
    unused = iter(names)
    return tuple(tuple(factor for size in part for factor in axis(next(unused), size)) for part in parts)


def _follow(name: str, parts: Parts, nodes: Sequence[NodeProto], scope: Scope) -> str | Parts | None:
    """The letters of all parts, "?" for unknown ones; or finer parts, for another try; or None."""
    start = Activation(name, Shape(0, 0, 0), _named(parts, "0123456789"))
    scope.values[name] = start
    for proto in nodes:
        node = scope.view(proto)
        value: Activation | str | Parts | None = None
        try:
            if scope.fold(proto, node):
                continue
            finer = _finer_parts(node, start)
            value = _followed(node) if finer in (None, parts) else finer
        except ViolationError:  # the conversion will come across it again, and report it
            pass
        if isinstance(value, str | tuple):
            return value
        scope.values.update(dict.fromkeys(proto.output, Unknown() if value is None else value))
    return None


def _followed(node: OnnxNode) -> Activation | str | None:
    """The output's axes; or the letters of the input's parts, "?" for unknown ones, where the node fixes the layout."""
    x = next((value for value in node.inputs if isinstance(value, Activation)), None)
    if x is None or any(isinstance(value, Unknown) for value in node.inputs):
        return None
    if node.operator in ONNX_LAYOUT:
        return _input_side(x.axes, "NCHW"[: x.rank])
    if node.operator == "ReduceMean" and x.rank == 4:
        chosen = normalized(node.integers("axes", 1) or (), 4)
        return _input_side(x.axes, "NHWC" if sorted(chosen) == [1, 2] else "NCHW")
    if node.operator in RELABELLINGS:
        return RELABELLINGS[node.operator][0](node)
    return x if node.operator in ELEMENTWISE else None


def _input_side(axes: Axes, letters: str) -> str:
    """The letter that each part 0, 1, 2, 3 of the input has, where `axes` have the meaning `letters`."""
    found = {product[0].letter: letter for product, letter in zip(axes, letters, strict=False) if len(product) == 1}
    return "".join(found.get(str(i), "?") for i in range(4))


def _finer_parts(node: OnnxNode, start: Activation) -> Parts | None:
    """If the node is a Reshape that splits axes of the input as it came: the parts. Raises ViolationError."""
    if node.operator != "Reshape" or factors_of(node.activation().axes) != factors_of(start.axes):
        return None
    target = [size for size in reshape_target(node) if size != 1]
    parts: list[tuple[int, ...]] = []
    for whole in start.onnx_shape:
        rest, part = whole, list[int]()
        while rest > 1 and target and rest % target[0] == 0:
            part.append(target.pop(0))
            rest //= part[-1]
        if rest > 1:
            return None
        parts.append(tuple(part) or (1,))
    return tuple(parts) if sum(len(part) for part in parts) <= max(LAYOUTS) else None


def _complete(known: str) -> str:
    """Fill in the unknown letters, which belong to axes of size 1 or do not matter.

    >>> _complete("?HW?"), _complete("??HW"), _complete("?C??")
    ('NHWC', 'NCHW', 'NCHW')
    """
    for layout in LAYOUTS[len(known)]:
        if all(a in ("?", b) for a, b in zip(known, layout, strict=True)):
            return layout
    free = [letter for letter in "NHWC" if letter not in known]
    return "".join(free.pop(0) if letter == "?" else letter for letter in known)
