"""Quantization of weights: symmetric int8 in [-127, 127], one scale per output channel; bias int32.

Weights that a quantized file gives keep their scale and their integers, which may be -128.
"""

from dataclasses import dataclass

import numpy as np

from mcucompile.ir.tensors import Array, Quantization

WEIGHT_LIMIT = 127
BIAS_LIMIT = 2**28
"""Largest |bias|: beside it, products have room enough that kernels may take twice the sum in 32 bits."""

LEAST_FACTOR = 2.0**-28
"""Smallest output steps per unit of accumulator, of any channel."""
SMALL_FACTOR = 2.0**-22
"""The smallest one of a channel that has no need of less: rounding all its weights, by half a unit each times an input
of at most 255, changes an output by an eighth of a step at most. Kernels then shift by few enough bits for their fast
paths."""


@dataclass(frozen=True, eq=False)
class QuantizedWeights:
    """weights int8, shaped like the float ones; bias int32 [O]; factor float64 [O]: output steps per unit of acc."""

    weights: Array
    bias: Array
    factor: Array


def quantize_weights(
    weights: Array,
    bias: Array,
    channel_axis: int,
    source: Quantization,
    output: Quantization,
    given_scales: Array | None = None,
) -> QuantizedWeights:
    """Weights and bias as int8 and int32, for an input and an output quantized like this.

    A channel's scale s_w is the given one if all its weights fit into int8 with that, otherwise follows from its
    largest weight. It is raised where bias / (s_in · s_w) would leave BIAS_LIMIT: there the products count for nothing
    beside the bias; and where the factor would be below LEAST_FACTOR, or below SMALL_FACTOR without need. A channel of
    zeros gets the factor 1.
    """
    real = weights.astype(np.float64)
    others = tuple(axis for axis in range(weights.ndim) if axis != channel_axis)
    scales = np.abs(real).max(axis=others) / WEIGHT_LIMIT
    if given_scales is not None:
        scales = np.where(fits_int8(weights, given_scales, channel_axis), given_scales, scales)
    scales = np.maximum(scales, np.abs(bias.astype(np.float64)) / (source.scale * BIAS_LIMIT))
    harmless = 1 / 8 / (255 / 2 * (weights.size / scales.size))
    least = np.where(scales == 0, 1, np.clip(harmless, LEAST_FACTOR, SMALL_FACTOR))
    scales = np.maximum(scales, least * output.scale / source.scale)
    quantized = np.rint(real / _along_channels(scales, weights, channel_axis)).astype(np.int8)
    bias_scale = source.scale * scales
    return QuantizedWeights(quantized, np.rint(bias / bias_scale).astype(np.int32), bias_scale / output.scale)


def fits_int8(weights: Array, scales: Array, channel_axis: int) -> Array:
    """Bool [O]: all weights of the channel are int8 numbers times its scale. Asymmetric ones may not be."""
    integers = np.rint(weights.astype(np.float64) / _along_channels(scales, weights, channel_axis))
    others = tuple(axis for axis in range(weights.ndim) if axis != channel_axis)
    result: Array = np.all((integers >= -128) & (integers <= 127), axis=others)
    return result


def _along_channels(scales: Array, weights: Array, channel_axis: int) -> Array:
    return scales.reshape([-1 if axis == channel_axis else 1 for axis in range(weights.ndim)])
