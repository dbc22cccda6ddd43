"""Moves the input's zero point into the bias, where that gives the same bits."""

from dataclasses import dataclass

import numpy as np

from mcucompile.ir.graph import Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Operator, Padding
from mcucompile.ir.shapes import window_of
from mcucompile.ir.tensors import Array, TensorType
from mcucompile.lower.padding import padding_read

INT32_MAX = 2**31 - 1
INT8_MAGNITUDE = 128


@dataclass(frozen=True, eq=False)
class Accumulator:
    """Where a sum of products starts (int32 [O]), and what is added to every input element before its product."""

    bias: Array
    input_offset: int


def fold_zero_point(node: Node, source: TensorType) -> Accumulator:
    """sum(w · (x - z)) + b = sum(w · x) + (b - z · sum(w)): offset 0 and another bias.

    Only without padding, because a padded element holds the zero point, so that it must add nothing. And only where
    no sum, in any order, leaves 32 bits: |bias| + 128 · sum(|w|) < 2^31.
    """
    weights, bias = _by_output_channel(node.operator)
    zero_point = source.quantized().zero_point
    folded = bias.astype(np.int64) - zero_point * weights.sum(axis=1)
    largest = np.abs(folded) + INT8_MAGNITUDE * np.abs(weights).sum(axis=1)
    if _reads_padding(node, source) or int(largest.max()) > INT32_MAX:
        return Accumulator(bias, -zero_point)
    return Accumulator(folded.astype(np.int32), 0)


def _by_output_channel(operator: Operator) -> tuple[Array, Array]:
    """Weights as int64 [O, products], and the bias [O]."""
    assert isinstance(operator, Conv2D | DepthwiseConv2D | FullyConnected)
    weights = operator.weights.astype(np.int64)
    if isinstance(operator, DepthwiseConv2D):
        weights = np.moveaxis(weights, -1, 0)
    return weights.reshape(len(operator.bias), -1), operator.bias


def _reads_padding(node: Node, source: TensorType) -> bool:
    window = window_of(node.operator)
    return window is not None and padding_read(window, source.shape, node.type.shape) != Padding()
