"""Quantization of weights: symmetric int8 in [-127, 127], one scale per output channel; bias int32."""

from dataclasses import dataclass

import numpy as np

from mcucompile.ir.tensors import Array, Quantization

WEIGHT_LIMIT = 127
BIAS_LIMIT = 2**30
"""Largest |bias|: it leaves the products as much room again in a 32-bit accumulator."""


@dataclass(frozen=True, eq=False)
class QuantizedWeights:
    """weights int8, shaped like the float ones; bias int32 [O]; factor float64 [O]: output steps per unit of acc."""

    weights: Array
    bias: Array
    factor: Array


def quantize_weights(
    weights: Array, bias: Array, channel_axis: int, source: Quantization, output: Quantization
) -> QuantizedWeights:
    """Weights and bias as int8 and int32, for an input and an output quantized like this.

    A channel's scale s_w follows from its largest weight. It is raised where bias / (s_in · s_w) would leave
    BIAS_LIMIT: there the products count for nothing beside the bias. A channel of zeros gets the factor 1.
    """
    real = weights.astype(np.float64)
    others = tuple(axis for axis in range(weights.ndim) if axis != channel_axis)
    scales = np.abs(real).max(axis=others) / WEIGHT_LIMIT
    scales = np.maximum(scales, np.abs(bias.astype(np.float64)) / (source.scale * BIAS_LIMIT))
    scales = np.where(scales == 0, output.scale / source.scale, scales)
    along_channels = [-1 if axis == channel_axis else 1 for axis in range(weights.ndim)]
    quantized = np.rint(real / scales.reshape(along_channels)).astype(np.int8)
    bias_scale = source.scale * scales
    return QuantizedWeights(quantized, np.rint(bias / bias_scale).astype(np.int32), bias_scale / output.scale)
