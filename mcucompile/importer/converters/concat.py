"""Concat -> concat."""

from mcucompile.importer.axes import axis, describe, normalized
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.ir.operators import Concat

COMPUTED = Constraint("all inputs are computed from the graph's input")
CHANNELS = Constraint(
    "tensors are joined along their channels, and agree in all other axes",
    "join images along C, and vectors before they are flattened from more than one pixel",
)


def convert_concat(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The channels of all inputs; of one input, that input."""
    inputs = [value for value in node.inputs if isinstance(value, Activation)]
    constants = len(node.inputs) - len(inputs)
    COMPUTED.require(bool(inputs) and not constants, f"{len(inputs)} computed and {constants} constant inputs")
    first = inputs[0]
    (position,) = normalized([node.attributes.integer("axis", 1)], first.rank)
    found = f"axis {position} of {' and '.join(describe(x.axes) for x in inputs)}"
    for x in inputs:
        CHANNELS.require(x.rank == first.rank and x.axes[position] == axis("C", x.shape.c), found)
        others = (x.axes[:position], x.axes[position + 1 :])
        same = others == (first.axes[:position], first.axes[position + 1 :]) and x.shape[:2] == first.shape[:2]
        CHANNELS.require(same, found)
    if len(inputs) == 1:
        return first
    joined = axis("C", sum(x.shape.c for x in inputs))
    return builder.add(node, Concat(), inputs, (*first.axes[:position], joined, *first.axes[position + 1 :]))


CONCAT = OnnxOperator("Concat", "concat", (COMPUTED, CHANNELS), convert_concat)
