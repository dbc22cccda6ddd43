"""From a float node to an int8 node, once the quantization of every tensor is chosen."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mcucompile.errors import InternalError, Problem, UnsupportedModelError
from mcucompile.ir.functions import Function
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    Add,
    AddRequantize,
    AveragePool,
    Clamp,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Lookup,
    MaxPool,
    Mean,
    Mul,
    Operator,
    Requantize,
    Softmax,
)
from mcucompile.ir.tensors import Array, Quantization, Shape, TensorType
from mcucompile.ir.text import format_node
from mcucompile.quantize.activations import INPUT_REACH, quantize_clamp
from mcucompile.quantize.concat_scales import rescale_concat_inputs
from mcucompile.quantize.weights import quantize_weights
from mcucompile.reference.fixed_point import quantize_multiplier
from mcucompile.reference.functions import apply_function
from mcucompile.reference.int8 import ADD_LEFT_SHIFT
from mcucompile.reference.softmax import softmax_factor

LEAST_SOFTMAX_SCALE = 2.0**-27
"""At this input scale and below every output is the same; the fixed-point factor goes no lower."""


def convert_graph(graph: Graph, quantizations: Mapping[str, Quantization]) -> Graph:
    """The int8 graph: the same nodes, names and shapes, and a lookup where a concat needs another scale.

    Raises UnsupportedModelError where an accumulator could leave 32 bits.
    """
    nodes = []
    for node in graph:
        inputs = [quantizations[name] for name in node.inputs]
        output = quantizations[node.name]
        operator = _convert(node, graph.types[node.inputs[0]].shape, inputs, output)
        nodes.append(replace(node, operator=operator, type=TensorType(node.type.shape, output), statistics=None))
    input_type = TensorType(graph.input_type.shape, quantizations[graph.input])
    return rescale_concat_inputs(replace(graph, input_type=input_type, nodes=tuple(nodes)))


def _convert(node: Node, source: Shape, inputs: list[Quantization], output: Quantization) -> Operator:
    match node.operator:
        case Conv2D() | FullyConnected() as operator:
            return _with_weights(node, operator, 0, inputs[0], output)
        case DepthwiseConv2D() as operator:
            return _with_weights(node, operator, 2, inputs[0], output)
        case Add(clamp=clamp):
            return Add(quantize_clamp(clamp, output), add_requantize(inputs[0].scale, inputs[1].scale, output.scale))
        case Mul(clamp=clamp):
            return Mul(quantize_clamp(clamp, output), mul_requantize(node, inputs, output))
        case Concat() as operator:
            return operator
        case MaxPool(window=window, clamp=clamp):
            return MaxPool(window, quantize_clamp(clamp, output))
        case AveragePool(clamp=clamp) if output != inputs[0]:
            return Mean(quantize_clamp(clamp, output), mean_requantize(node, source, inputs[0], output))
        case AveragePool(window=window, clamp=clamp):
            return AveragePool(window, quantize_clamp(clamp, output))
        case Softmax():
            return Softmax(*softmax_factor(max(inputs[0].scale, LEAST_SOFTMAX_SCALE)))
        case Clip(clamp=clamp):
            return Lookup(clamp_table(clamp, inputs[0], output))
        case Elementwise(function=function):
            return Lookup(function_table(function, inputs[0], output))
        case _:
            raise InternalError.broken(format_node(node), "an operator without an int8 form", "what passes leave over")


def add_requantize(scale_1: float, scale_2: float, output_scale: float) -> AddRequantize:
    """Factors of the int8 addition, as TFLite chooses them: both inputs come to twice the larger input scale.

    Real sum = (x1 - z1) · s1 + (x2 - z2) · s2, and each s / (2 max(s1, s2)) <= 1/2 leaves a bit for the sum.
    """
    common = 2 * max(scale_1, scale_2)
    inputs = quantize_multiplier(np.array([scale_1, scale_2]) / common)
    output = quantize_multiplier(np.array([common / ((1 << ADD_LEFT_SHIFT) * output_scale)]))
    return AddRequantize(Requantize(*inputs), Requantize(*output))


def mul_requantize(node: Node, inputs: list[Quantization], output: Quantization) -> Requantize:
    """The factor of the int8 product: real product = (x1 - z1) · (x2 - z2) · s1 · s2."""
    factor = np.array([inputs[0].scale * inputs[1].scale / output.scale])
    requantize = Requantize(*quantize_multiplier(factor))
    _require_32_bits(node, np.array([INPUT_REACH**2]), requantize)
    return requantize


def mean_requantize(node: Node, source: Shape, before: Quantization, after: Quantization) -> Requantize:
    """The factor of the sum over all pixels: real mean = sum (x - z) · s / pixels."""
    pixels = source.h * source.w
    requantize = Requantize(*quantize_multiplier(np.array([before.scale / (pixels * after.scale)])))
    _require_32_bits(node, np.array([pixels * INPUT_REACH]), requantize)
    return requantize


def function_table(function: Function, source: Quantization, output: Quantization) -> Array:
    """int8 [256]: the function of each int8 input, from -128 on."""
    real = source.dequantize(np.arange(-128, 128).astype(np.int8))
    return output.quantize(apply_function(function, real))


def clamp_table(clamp: Clamp, source: Quantization, output: Quantization) -> Array:
    """int8 [256]: the output of each int8 input, from -128 on."""
    real = source.dequantize(np.arange(-128, 128).astype(np.int8))
    return output.quantize(np.clip(real, *clamp))


def _with_weights(
    node: Node,
    operator: Conv2D | DepthwiseConv2D | FullyConnected,
    channel_axis: int,
    source: Quantization,
    output: Quantization,
) -> Operator:
    result = quantize_weights(operator.weights, operator.bias, channel_axis, source, output, operator.weight_scales)
    requantize = Requantize(*quantize_multiplier(result.factor))
    _require_32_bits(node, largest_accumulator(result.weights, result.bias, channel_axis), requantize)
    clamp = quantize_clamp(operator.clamp, output)
    return replace(
        operator,
        weights=result.weights,
        bias=result.bias,
        clamp=clamp,
        requantize=requantize,
        weight_scales=None,
    )


def largest_accumulator(weights: Array, bias: Array, channel_axis: int) -> Array:
    """A bound of |accumulator| over all inputs, int64 [O], for int8 weights and int32 bias."""
    others = tuple(axis for axis in range(weights.ndim) if axis != channel_axis)
    result: Array = np.abs(weights.astype(np.int64)).sum(axis=others) * INPUT_REACH + np.abs(bias.astype(np.int64))
    return result


def _require_32_bits(node: Node, largest: Array, requantize: Requantize) -> None:
    shifted = largest << np.maximum(requantize.shift, 0).astype(np.int64)
    if shifted.max() < 2**31:
        return
    raise UnsupportedModelError(
        Problem(
            f"node {node.origin or node.name}, output channel {int(shifted.argmax())}",
            f"an accumulator that can reach {int(shifted.max()):,}",
            "a magnitude below 2^31 for every possible input",
            "split the layer: it sums too many products",
        )
    )
