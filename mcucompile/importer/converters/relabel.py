"""Operators that move or rename axes without computing: they change what the axes are called, nothing else."""

import math
from collections.abc import Callable
from dataclasses import replace

from onnx import TensorProto

from mcucompile.importer import axes as axes_module
from mcucompile.importer.axes import Axes, normalized
from mcucompile.importer.constants import MOVING
from mcucompile.importer.constraints import LAYOUT, Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation

FLOAT_CAST = Constraint(
    "a cast of a computed tensor goes to a floating-point type", "compute in floating point throughout, then export"
)
NO_TRAINING = Constraint("dropout does nothing", "put the model into inference mode (model.eval()) and export")
TARGET = Constraint("the target shape is constant and holds as many elements as the input")

_FLOAT_TYPES = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)

Relabelling = Callable[[OnnxNode], Activation]


def identity(node: OnnxNode) -> Activation:
    """The input."""
    return node.activation()


def cast(node: OnnxNode) -> Activation:
    """The input: every computed tensor is float32 here."""
    target = node.attributes.integer("to", 0)
    FLOAT_CAST.require(target in _FLOAT_TYPES, f"a cast to {TensorProto.DataType.Name(target)}")
    return node.activation()


def dropout(node: OnnxNode) -> Activation:
    """The input."""
    training = node.optional_constant(2, NO_TRAINING)
    NO_TRAINING.require(training is None or not training.array.any(), "training_mode true")
    return node.activation()


def transpose(node: OnnxNode) -> Activation:
    """The input with its axes permuted."""
    x = node.activation()
    permutation = node.attributes.integers("perm") or tuple(reversed(range(x.rank)))
    return _with_axes(x, axes_module.transpose(x.axes, permutation))


def reshape(node: OnnxNode) -> Activation:
    """The input with its axes merged or split."""
    x = node.activation()
    return _with_axes(x, axes_module.reshape(x.axes, reshape_target(node)))


def reshape_target(node: OnnxNode) -> list[int]:
    """The shape that a Reshape gives, 0 ("keep") and -1 ("the rest") filled in. Raises ViolationError."""
    x = node.activation()
    target = [int(i) for i in node.constant(1, TARGET).array.ravel()]
    if not node.attributes.integer("allowzero", 0):
        zeros = [i for i, size in enumerate(target) if size == 0]
        TARGET.require(all(i < x.rank for i in zeros), f"a target of {target} for rank {x.rank}")
        target = [x.onnx_shape[i] if size == 0 else size for i, size in enumerate(target)]
    rest, total = math.prod(size for size in target if size != -1), math.prod(x.onnx_shape)
    good = target.count(-1) <= 1 and rest > 0 and total % rest == 0 and (-1 in target or rest == total)
    TARGET.require(good, f"a target of {target} for {axes_module.describe(x.axes)}")
    return [total // rest if size == -1 else size for size in target]


def flatten(node: OnnxNode) -> Activation:
    """The input as a matrix."""
    x = node.activation()
    position = node.attributes.integer("axis", 1)
    LAYOUT.require(-x.rank <= position <= x.rank, f"axis {position} of a tensor of rank {x.rank}")
    cut = position + x.rank if position < 0 else position
    parts = (x.axes[:cut], x.axes[cut:])
    return _with_axes(x, tuple(axes_module.factors_of(part) for part in parts))


def squeeze(node: OnnxNode) -> Activation:
    """The input without axes of size 1."""
    x = node.activation()
    chosen = node.integers("axes", 1)
    ones = tuple(i for i, product in enumerate(x.axes) if product == ())
    return _with_axes(x, axes_module.squeeze(x.axes, ones if chosen is None else normalized(chosen, x.rank)))


def unsqueeze(node: OnnxNode) -> Activation:
    """The input with more axes of size 1."""
    x = node.activation()
    chosen = node.integers("axes", 1) or ()
    return _with_axes(x, axes_module.unsqueeze(x.axes, normalized(chosen, x.rank + len(chosen))))


def _with_axes(x: Activation, axes: Axes) -> Activation:
    return replace(x, axes=axes)


RELABELLINGS: dict[str, tuple[Relabelling, tuple[Constraint, ...]]] = {
    "Identity": (identity, ()),
    "Cast": (cast, (FLOAT_CAST,)),
    "CastLike": (identity, ()),
    "Dropout": (dropout, (NO_TRAINING,)),
    "Transpose": (transpose, ()),
    "Reshape": (reshape, (TARGET,)),
    "Flatten": (flatten, ()),
    "Squeeze": (squeeze, ()),
    "Unsqueeze": (unsqueeze, ()),
}


def _operator(name: str) -> OnnxOperator:
    relabelling, constraints = RELABELLINGS[name]
    return OnnxOperator(name, "removed", constraints, lambda node, builder: relabelling(node), name in MOVING)


OPERATORS = tuple(_operator(name) for name in RELABELLINGS)
