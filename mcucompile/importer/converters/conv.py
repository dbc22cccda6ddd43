"""Conv -> conv2d, depthwise_conv2d."""

import numpy as np

from mcucompile.importer.axes import batch_of, labelled
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.quantized import output_scales
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.importer.windows import TWO_DIMENSIONS, WINDOW_CONSTRAINTS, image_input, read_window
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, Size2D
from mcucompile.ir.shapes import output_shape

WEIGHTS = Constraint(
    "the weights are a constant of the shape [outputs, inputs / group, height, width]",
    "export with constant weights of that shape",
)
GROUPS = Constraint("group divides the input and the output channels")
BIAS = Constraint("the bias is a constant with one number for each output channel", "repair the bias, export again")


def convert_conv(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """A depthwise_conv2d if every input channel is a group, otherwise a conv2d."""
    x = image_input(node)
    weights = node.weights(1, WEIGHTS)
    groups = node.attributes.integer("group", 1)
    _require_shapes(node, x, weights.shape, groups)
    bias = node.optional_weights(2, BIAS)
    outputs = weights.shape[0]
    if bias is not None:
        BIAS.require(bias.shape == (outputs,), f"a bias of shape {list(bias.shape)} for {outputs} channels")
    window = read_window(node, Size2D(x.shape.h, x.shape.w), Size2D(*weights.shape[2:]))

    values = (np.zeros(outputs) if bias is None else bias).astype(np.float32)
    scales = output_scales(node.steps(1))
    operator: Conv2D | DepthwiseConv2D
    if groups == x.shape.c > 1:
        kernel = weights[:, 0].transpose(1, 2, 0).astype(np.float32)
        operator = DepthwiseConv2D(window, kernel, values, weight_scales=scales)
    else:
        kernel = weights.transpose(0, 2, 3, 1).astype(np.float32)
        operator = Conv2D(window, kernel, values, groups, weight_scales=scales)
    axes = labelled("NCHW", output_shape(operator, [x.shape]), batch_of(x.axes))
    return builder.add(node, operator, [x], axes, weights.size + (0 if bias is None else bias.size))


def _require_shapes(node: OnnxNode, x: Activation, shape: tuple[int, ...], groups: int) -> None:
    WEIGHTS.require(len(shape) == 4, f"weights of shape {list(shape)}")
    good = groups >= 1 and x.shape.c % groups == 0 and shape[0] % groups == 0
    GROUPS.require(good, f"group {groups} with {x.shape.c} input and {shape[0]} output channels")
    expected = [shape[0], x.shape.c // groups, *(node.attributes.integers("kernel_shape") or shape[2:])]
    TWO_DIMENSIONS.require(len(expected) == 4, f"kernel_shape {expected[2:]}")
    WEIGHTS.require(list(shape) == expected, f"weights of shape {list(shape)} where {expected} fits")


CONV = OnnxOperator("Conv", "conv2d, depthwise_conv2d", (*WINDOW_CONSTRAINTS, WEIGHTS, GROUPS, BIAS), convert_conv)
