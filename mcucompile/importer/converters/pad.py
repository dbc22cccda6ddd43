"""Pad -> pad."""

from dataclasses import replace

import numpy as np

from mcucompile.importer.axes import batch_of, labelled, letters_of, normalized
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.quantized import UINT8_OFFSET
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.ir.operators import Pad, Padding
from mcucompile.ir.shapes import output_shape

MODE = Constraint("mode is constant and the value is 0", "pad with zeros")
PADS = Constraint("pads are constant, not negative, and only the axes H and W are padded")


def convert_pad(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Zeros around the image; of a quantized one, its zero point."""
    x = node.activation()
    mode = node.attributes.string("mode", "constant")
    MODE.require(mode == "constant", f"mode {mode}")
    value = _value(node, x)
    MODE.require(value == 0, f"value {value:g}")

    before, after = _pads(node, x.rank)
    if not any((*before, *after)):
        return x
    letters = letters_of(x.axes)
    amounts = dict.fromkeys("HW", (0, 0)) | {
        letter: pair for letter, pair in zip(letters, zip(before, after, strict=True), strict=False) if any(pair)
    }
    found = f"pads {[*before, *after]} of the axes {', '.join(letters)}"
    PADS.require(len(letters) == x.rank and amounts.keys() == {"H", "W"}, found)
    operator = Pad(Padding(*amounts["H"], *amounts["W"]))
    axes = labelled(letters, output_shape(operator, [x.shape]), batch_of(x.axes))
    return replace(builder.add(node, operator, [x], axes), quantization=x.quantization)


def _value(node: OnnxNode, x: Activation) -> float:
    """The real number that is put around the image. Raises ViolationError."""
    constant = node.optional_constant(2, MODE)
    if x.quantization is None:
        return node.attributes.number("value", 0.0) if constant is None else float(np.ravel(constant.array)[0])
    MODE.require(constant is not None, "integers without a value")
    assert constant is not None
    stored = int(np.ravel(constant.array)[0]) - (UINT8_OFFSET if constant.array.dtype == np.uint8 else 0)
    return (stored - x.quantization.zero_point) * x.quantization.scale


def _pads(node: OnnxNode, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Elements before and after, for every axis of the input."""
    pads = node.integers("pads", 1)
    chosen = node.optional_constant(3, PADS)
    axes = tuple(range(rank)) if chosen is None else normalized((int(i) for i in np.ravel(chosen.array)), rank)
    PADS.require(pads is not None and len(pads) == 2 * len(axes), f"pads {pads} for {len(axes)} axes")
    assert pads is not None
    PADS.require(min(pads, default=0) >= 0, f"pads {list(pads)}")
    amounts = dict(zip(axes, zip(pads[: len(axes)], pads[len(axes) :], strict=True), strict=True))
    before, after = zip(*(amounts.get(i, (0, 0)) for i in range(rank)), strict=True)
    return tuple(before), tuple(after)


PAD = OnnxOperator("Pad", "pad", (MODE, PADS), convert_pad, integers=True)
