"""Softmax -> softmax."""

from mcucompile.importer.axes import axis, describe, factors_of, normalized
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.ir.operators import Softmax

CHANNELS = Constraint("the softmax is taken over C", "take the softmax over the class scores")

_ONE_AXIS_SINCE = 13


def convert_softmax(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Before opset 13, `axis` (default 1) is the first of the axes that are taken together; since, the one axis."""
    x = node.activation()
    if node.opset >= _ONE_AXIS_SINCE:
        (position,) = normalized([node.attributes.integer("axis", -1)], x.rank)
        over = x.axes[position]
    else:
        (position,) = normalized([node.attributes.integer("axis", 1)], x.rank)
        over = factors_of(x.axes[position:])
    CHANNELS.require(over == axis("C", x.shape.c), f"the softmax over {describe((over,))} of {describe(x.axes)}")
    return builder.add(node, Softmax(), [x], x.axes)


SOFTMAX = OnnxOperator("Softmax", "softmax", (CHANNELS,), convert_softmax)
