"""QuantizeLinear and DequantizeLinear of activations: rounding to a given quantization, and reading it back."""

from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constants import DEQUANTIZE_LINEAR
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.quantized import (
    ACTIVATION_CONSTRAINTS,
    CONSTANT_SCALES,
    SAME_PARAMETERS,
    activation_quantization,
    real_activation,
)
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation


def convert_quantize_linear(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """A clip without limits, whose tensor has the given quantization."""
    return builder.add_quantization(node, node.activation(), activation_quantization(node, 1, 2))


def convert_dequantize_linear(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The real tensor that integers stand for."""
    return real_activation(node.activation(), activation_quantization(node, 1, 2))


QUANTIZE = tuple(
    OnnxOperator(f"{domain}QuantizeLinear", "clip, or fused", ACTIVATION_CONSTRAINTS, convert_quantize_linear)
    for domain in ("", "com.microsoft.")
)
DEQUANTIZE = tuple(
    OnnxOperator(
        name,
        "removed",
        (*ACTIVATION_CONSTRAINTS, SAME_PARAMETERS, CONSTANT_SCALES),
        convert_dequantize_linear,
        integers=True,
    )
    for name in sorted(DEQUANTIZE_LINEAR)
)
