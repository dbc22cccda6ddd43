"""Relu, Clip, Min and Max with constants -> clip."""

import numpy as np

from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation, Constant
from mcucompile.ir.operators import Clamp, Clip

LIMITS = Constraint(
    "the limits are constant numbers, not NaN, the lower one at most the upper one",
    "export with one constant limit for the whole tensor",
)

_FLOAT32_MAX = float(np.finfo(np.float32).max)


def convert_relu(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Clip to [0, inf]."""
    return _clip(node, builder, node.activation(), 0.0, np.inf)


def convert_clip(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Opset 6: limits are attributes; from opset 11 on inputs, each of which may be left out."""
    x = node.activation()
    low = node.optional_constant(1, LIMITS)
    high = node.optional_constant(2, LIMITS)
    return _clip(
        node,
        builder,
        x,
        _number(low) if low is not None else node.attributes.number("min", -np.inf),
        _number(high) if high is not None else node.attributes.number("max", np.inf),
    )


def convert_min(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The smallest of one tensor and constants."""
    x, limits = _operands(node)
    return _clip(node, builder, x, -np.inf, min(limits, default=np.inf))


def convert_max(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The largest of one tensor and constants."""
    x, limits = _operands(node)
    return _clip(node, builder, x, max(limits, default=-np.inf), np.inf)


def _operands(node: OnnxNode) -> tuple[Activation, list[float]]:
    """The one computed operand, wherever it stands, and the constants."""
    computed = [i for i, value in enumerate(node.inputs) if isinstance(value, Activation)]
    LIMITS.require(len(computed) == 1, f"{len(computed)} computed operands")
    x = node.activation(computed[0])
    constants = [value for value in node.inputs if isinstance(value, Constant)]
    for constant in constants:
        LIMITS.require(constant.array.ndim <= x.rank, f"'{constant.name}' of rank {constant.array.ndim}")
    return x, [_number(constant) for constant in constants]


def _number(constant: Constant) -> float:
    values = np.unique(constant.array)
    LIMITS.require(values.size == 1, f"'{constant.name}' of shape {list(constant.array.shape)}")
    return float(values[0])


def _clip(node: OnnxNode, builder: GraphBuilder, x: Activation, low: float, high: float) -> Activation:
    LIMITS.require(low <= high, f"the limits {low:g} and {high:g}")
    # Exporters write the largest float for "no limit".
    low, high = (-np.inf if low <= -_FLOAT32_MAX else low), (np.inf if high >= _FLOAT32_MAX else high)
    return builder.add(node, Clip(Clamp(low, high)), [x], x.axes)


RELU = OnnxOperator("Relu", "clip", (), convert_relu)
CLIP = OnnxOperator("Clip", "clip", (LIMITS,), convert_clip)
MIN = OnnxOperator("Min", "clip", (LIMITS,), convert_min)
MAX = OnnxOperator("Max", "clip", (LIMITS,), convert_max)
