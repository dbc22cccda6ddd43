"""Add and Mul of two tensors -> add, mul; Add, Sub, Mul and Div with constants -> channel_affine."""

import numpy as np

from mcucompile.importer.axes import describe, factors_of
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint, require_finite
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation, Constant
from mcucompile.ir.operators import Add, ChannelAffine, Mul
from mcucompile.ir.tensors import Array, Shape

SAME_SHAPE = Constraint("two computed operands have the same shape and axes: no broadcasting")
SCALED_CHANNELS = Constraint(
    "two computed operands have the same shape and axes, or one of them is a single factor for each channel",
    "multiply by a tensor of the same shape, or of the shape [N, C, 1, 1]",
)
ONE_CONSTANT = Constraint("one operand is a constant", "replace this quotient or difference of two computed tensors")
PER_CHANNEL = Constraint("a constant operand is one number, or one for each channel", "use one number for each channel")
DIVISOR = Constraint("a divisor is a constant other than 0")


def convert_add(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Two tensors: add. A tensor and a constant: channel_affine."""
    a, b = _operands(node)
    if isinstance(a, Activation) and isinstance(b, Activation):
        SAME_SHAPE.require(a.axes == b.axes, f"operands with the axes {describe(a.axes)} and {describe(b.axes)}")
        return builder.add(node, Add(), [a, b], a.axes)
    x, values, size = _with_constant(node)
    return _affine(node, builder, x, np.ones_like(values), values, size)


def convert_sub(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """A tensor minus a constant, or the reverse."""
    x, values, size = _with_constant(node)
    if x is _operands(node)[0]:
        return _affine(node, builder, x, np.ones_like(values), -values, size)
    return _affine(node, builder, x, -np.ones_like(values), values, size)


def convert_mul(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Two tensors: mul. A tensor and a constant: channel_affine."""
    a, b = _operands(node)
    if isinstance(a, Activation) and isinstance(b, Activation):
        x, factor = (b, a) if a.axes != b.axes and _scales_channels(b, a) else (a, b)
        found = f"operands with the axes {describe(a.axes)} and {describe(b.axes)}"
        SCALED_CHANNELS.require(x.axes == factor.axes or _scales_channels(x, factor), found)
        return builder.add(node, Mul(), [x, factor], x.axes)
    x, values, size = _with_constant(node)
    return _affine(node, builder, x, values, np.zeros_like(values), size)


def convert_div(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """A tensor divided by a constant."""
    x, values, size = _with_constant(node)
    DIVISOR.require(x is _operands(node)[0], "a computed divisor")
    DIVISOR.require(bool(np.all(values != 0)), "a divisor of 0")
    return _affine(node, builder, x, 1 / values, np.zeros_like(values), size)


def _scales_channels(x: Activation, factor: Activation) -> bool:
    """True if ONNX broadcasts `factor` to one number for each channel of `x`."""
    missing = x.rank - factor.rank
    aligned = zip(x.axes[missing:], factor.axes, strict=True) if missing >= 0 else ()
    fits = missing >= 0 and all(b in ((), a) for a, b in aligned)
    return fits and factor.shape == Shape(1, 1, x.shape.c)


def _operands(node: OnnxNode) -> tuple[Activation | Constant, Activation | Constant]:
    operands = tuple(value for value in node.inputs if isinstance(value, Activation | Constant))
    ONE_CONSTANT.require(len(operands) == 2, f"{len(operands)} operands")
    return operands[0], operands[1]


def _with_constant(node: OnnxNode) -> tuple[Activation, Array, int]:
    """The computed operand, the constant one as one number a channel, and how many numbers the file has for it."""
    a, b = _operands(node)
    x, constant = (a, b) if isinstance(a, Activation) else (b, a)
    ONE_CONSTANT.require(isinstance(x, Activation) and isinstance(constant, Constant), "two computed operands")
    assert isinstance(x, Activation)
    assert isinstance(constant, Constant)
    require_finite(constant.array, constant.name)
    size = constant.array.size if constant.array.size > 1 else 0
    return x, _per_channel(x, constant), size


def _per_channel(x: Activation, constant: Constant) -> Array:
    """The constant, broadcast as ONNX does, as float64 [C]."""
    array = constant.array.astype(np.float64)
    found = f"'{constant.name}' of shape {list(array.shape)} for a tensor with the axes {describe(x.axes)}"
    shape = x.onnx_shape
    pairs = zip(reversed(array.shape), reversed(shape), strict=False)
    PER_CHANNEL.require(array.ndim <= len(shape) and all(a in (1, b) for a, b in pairs), found)
    factors = factors_of(x.axes)
    cube = np.broadcast_to(array, shape).reshape([factor.size for factor in factors])
    for position, factor in enumerate(factors):
        if factor.letter != "C":
            first = np.take(cube, [0], axis=position)
            PER_CHANNEL.require(bool(np.all(cube == first)), found)
            cube = first
    return np.broadcast_to(cube.reshape(-1), x.shape.c)


def _affine(
    node: OnnxNode, builder: GraphBuilder, x: Activation, scale: Array, offset: Array, parameters: int
) -> Activation:
    operator = ChannelAffine(scale.astype(np.float32), offset.astype(np.float32))
    return builder.add(node, operator, [x], x.axes, parameters)


ADD = OnnxOperator("Add", "add, channel_affine", (SAME_SHAPE, ONE_CONSTANT, PER_CHANNEL), convert_add)
SUB = OnnxOperator("Sub", "channel_affine", (ONE_CONSTANT, PER_CHANNEL), convert_sub)
MUL = OnnxOperator("Mul", "mul, channel_affine", (SCALED_CHANNELS, ONE_CONSTANT, PER_CHANNEL), convert_mul)
DIV = OnnxOperator("Div", "channel_affine", (ONE_CONSTANT, PER_CHANNEL, DIVISOR), convert_div)
