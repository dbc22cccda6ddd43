"""Gemm and MatMul -> fully_connected; MatMul over the channels of an image -> a 1x1 conv2d."""

import numpy as np

from mcucompile.importer.axes import Axes, axis, describe, factors_of
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.quantized import output_scales
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.ir.operators import Conv2D, FullyConnected, Operator, Size2D, Window
from mcucompile.ir.tensors import Array

MATRIX = Constraint(
    "the second operand is a constant matrix with one row (or column, by transB) for each feature of the first",
    "export a linear layer with constant weights",
)
FEATURES = Constraint(
    "the first operand is [N, features], or its last axis is C",
    "flatten the tensor from axis 1 on before this layer",
)
NO_TRANSPOSE = Constraint("transA is 0")
BIAS = Constraint("the bias is a constant: one number, or one for each output", "repair the bias, export again")


def convert_gemm(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """A · B · alpha + C · beta -> fully_connected."""
    x = node.activation()
    NO_TRANSPOSE.require(node.attributes.integer("transA", 0) == 0, "transA 1")
    FEATURES.require(x.rank == 2 and _is_vector(x.axes), f"an operand with the axes {describe(x.axes)}")
    matrix, steps = node.weights(1, MATRIX), node.steps(1)
    if not node.attributes.integer("transB", 0):
        matrix, steps = matrix.T, None if steps is None else steps.T
    weights, bias = matrix, node.optional_weights(2, BIAS)
    _require_matrix(x, weights)
    if bias is not None:
        good = bias.size in (1, len(weights)) and bias.ndim <= 2 and bias.shape[-1:] in ((), (1,), (bias.size,))
        BIAS.require(good, f"a bias of shape {list(bias.shape)} for {len(weights)} outputs")
    beta = node.attributes.number("beta", 1.0)
    offsets = np.zeros(len(weights)) if bias is None else np.broadcast_to(np.ravel(beta * bias), len(weights))
    parameters = weights.size + (0 if bias is None else bias.size)
    alpha = node.attributes.number("alpha", 1.0)
    scaled_steps = None if steps is None or alpha == 0 else abs(alpha) * steps
    return _linear(node, builder, x, alpha * weights, scaled_steps, offsets, parameters)


def convert_matmul(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Of a vector: fully_connected. Of the channels of an image: a 1x1 conv2d."""
    x = node.activation()
    weights, steps = node.weights(1, MATRIX).T, node.steps(1)
    FEATURES.require(x.rank >= 2, f"an operand of rank {x.rank}")
    _require_matrix(x, weights)
    by_output = None if steps is None else steps.T
    return _linear(node, builder, x, weights, by_output, np.zeros(len(weights)), weights.size)


def _require_matrix(x: Activation, weights: Array) -> None:
    features = x.onnx_shape[-1]
    good = weights.ndim == 2 and weights.shape[1] == features
    MATRIX.require(good, f"a matrix of shape {list(weights.T.shape)} for {features} features")


def _linear(
    node: OnnxNode,
    builder: GraphBuilder,
    x: Activation,
    weights: Array,
    steps: Array | None,
    bias: Array,
    parameters: int,
) -> Activation:
    """Weights [O, features]; steps, of the same shape, the scales of quantized ones."""
    operator: Operator
    scales, bias = output_scales(steps), bias.astype(np.float32)
    if _is_vector(x.axes):
        operator = FullyConnected(_in_ir_order(weights, x).astype(np.float32), bias, weight_scales=scales)
    else:
        channels = x.axes[-1] == axis("C", x.shape.c)
        FEATURES.require(channels, f"an operand with the axes {describe(x.axes)}")
        pointwise = weights[:, np.newaxis, np.newaxis, :].astype(np.float32)
        operator = Conv2D(Window(Size2D(1, 1)), pointwise, bias, weight_scales=scales)
    axes = (*x.axes[:-1], axis("C", len(weights)))
    return builder.add(node, operator, [x], axes, parameters)


def _is_vector(axes: Axes) -> bool:
    """True if the last axis holds everything but N."""
    before = all(factor.letter == "N" for factor in factors_of(axes[:-1]))
    return before and all(factor.letter != "N" for factor in axes[-1])


def _in_ir_order(weights: Array, x: Activation) -> Array:
    """The columns in the order H, W, C of the IR's input instead of the order in which the file flattened it."""
    factors = x.axes[-1]
    cube = weights.reshape(len(weights), *(factor.size for factor in factors))
    present = [factor.letter for factor in factors]
    order = [present.index(letter) + 1 for letter in "HWC" if letter in present]
    result: Array = cube.transpose(0, *order).reshape(weights.shape)
    return result


GEMM = OnnxOperator("Gemm", "fully_connected", (MATRIX, FEATURES, NO_TRANSPOSE, BIAS), convert_gemm)
MATMUL = OnnxOperator("MatMul", "fully_connected, conv2d", (MATRIX, FEATURES), convert_matmul)
