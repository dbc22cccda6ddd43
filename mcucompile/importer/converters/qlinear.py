"""onnxruntime's operators on integers (QOperator): each is its float operator between dequantized and quantized."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.converters.arithmetic import ADD, MUL
from mcucompile.importer.converters.concat import CONCAT
from mcucompile.importer.converters.conv import CONV
from mcucompile.importer.converters.elementwise import OPERATORS as FUNCTIONS
from mcucompile.importer.converters.linear import GEMM, MATMUL
from mcucompile.importer.converters.pool import AVERAGE_POOL, GLOBAL_AVERAGE_POOL
from mcucompile.importer.converters.softmax import SOFTMAX
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.quantized import (
    ACTIVATION_CONSTRAINTS,
    CONSTANT_SCALES,
    SAME_PARAMETERS,
    activation_quantization,
    real_operand,
)
from mcucompile.importer.registry import Converter, OnnxOperator
from mcucompile.importer.values import Activation, Constant, Value

CHANNELS_SECOND = Constraint("channels_last is 0", "quantize the model before onnxruntime optimizes its layout")

_INTEGER_FUNCTIONS = ("LeakyRelu", "Sigmoid")
_CONSTRAINTS = (*ACTIVATION_CONSTRAINTS, SAME_PARAMETERS, CONSTANT_SCALES)


def _qlinear(name: str, real: OnnxOperator, operands: int, extra: tuple[Constraint, ...] = ()) -> OnnxOperator:
    """Inputs: `operands` times tensor, scale, zero point; then the output's scale and zero point."""

    def convert(node: OnnxNode, builder: GraphBuilder) -> Activation:
        for constraint in extra:
            constraint.require(node.attributes.integer("channels_last", 0) == 0, "channels_last 1")
        inputs = [real_operand(node, 3 * i, 1) for i in range(operands)]
        return _converted(node, builder, real, inputs, 3 * operands)

    return _row(name, real, convert, extra)


def _row(name: str, real: OnnxOperator, convert: Converter, extra: tuple[Constraint, ...] = ()) -> OnnxOperator:
    constraints = tuple(dict.fromkeys((*real.constraints, *_CONSTRAINTS, *extra)))
    return OnnxOperator(name, real.becomes, constraints, convert, integers=True)


def _converted(
    node: OnnxNode, builder: GraphBuilder, real: OnnxOperator, inputs: Sequence[Value | None], output: int
) -> Activation:
    """`real` of real inputs, rounded to the quantization that the inputs `output` and `output` + 1 give."""
    y = real.convert(replace(node, inputs=tuple(inputs)), builder)
    return builder.add_quantization(node, y, activation_quantization(node, output, output + 1))


def convert_qlinear_conv(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Weights per output; the bias has the scale of the input times that of the weights."""
    weights = real_operand(node, 3, 0)
    bias = _bias(node, node.optional_constant(8, CONSTANT_SCALES), 4)
    return _converted(node, builder, CONV, (real_operand(node, 0, 1), weights, bias), 6)


def convert_qgemm(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Weights per output. Without an output scale the result is real."""
    weights = real_operand(node, 3, 0 if node.attributes.integer("transB", 0) else 1)
    bias = _bias(node, node.optional_constant(6, CONSTANT_SCALES), 4)
    if bias is not None:
        bias = replace(bias, array=bias.array * node.attributes.number("alpha", 1.0))
    inputs = (real_operand(node, 0, 1), weights, bias)
    if len(node.inputs) <= 7 or node.inputs[7] is None:
        return GEMM.convert(replace(node, inputs=inputs), builder)
    return _converted(node, builder, GEMM, inputs, 7)


def convert_qlinear_softmax(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The meaning of `axis` is that of the opset in the attribute."""
    meant = replace(node, opset=node.attributes.integer("opset", node.opset))
    return _converted(meant, builder, SOFTMAX, (real_operand(node, 0, 1),), 3)


def convert_qlinear_concat(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The output's scale and zero point come first, then every tensor with its own."""
    inputs = [real_operand(node, i, 1) for i in range(2, len(node.inputs), 3)]
    return _converted(node, builder, CONCAT, inputs, 0)


def _bias(node: OnnxNode, bias: Constant | None, weight_scale: int) -> Constant | None:
    """The real numbers of an int32 bias with the scale of input 0 times that of the weights."""
    if bias is None:
        return None
    scales = node.weights(weight_scale, CONSTANT_SCALES).reshape(-1)
    CONSTANT_SCALES.require(scales.size in (1, bias.array.size), f"{scales.size} scales, {bias.array.size} biases")
    step = activation_quantization(node, 1, 2).scale * scales
    return Constant(bias.name, bias.array.astype(np.float64) * step)


OPERATORS = (
    _row("QLinearConv", CONV, convert_qlinear_conv),
    _qlinear("QLinearMatMul", MATMUL, 2),
    _row("com.microsoft.QGemm", GEMM, convert_qgemm),
    _qlinear("com.microsoft.QLinearAdd", ADD, 2),
    _qlinear("com.microsoft.QLinearMul", MUL, 2),
    _qlinear("com.microsoft.QLinearAveragePool", AVERAGE_POOL, 1, (CHANNELS_SECOND,)),
    _qlinear("com.microsoft.QLinearGlobalAveragePool", GLOBAL_AVERAGE_POOL, 1, (CHANNELS_SECOND,)),
    _row("com.microsoft.QLinearSoftmax", SOFTMAX, convert_qlinear_softmax),
    _row("com.microsoft.QLinearConcat", CONCAT, convert_qlinear_concat),
    *(_qlinear(f"com.microsoft.QLinear{real.name}", real, 1) for real in FUNCTIONS if real.name in _INTEGER_FUNCTIONS),
)
