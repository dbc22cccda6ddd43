"""The input zero point folded into the bias, where that is exact."""

from collections.abc import Sequence

import numpy as np

from mcucompile.ir.graph import Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Padding
from mcucompile.ir.shapes import window_of
from mcucompile.ir.tensors import Array, TensorType

_INT32 = np.iinfo(np.int32)


def folded_bias(node: Node, inputs: Sequence[TensorType]) -> tuple[Array | None, tuple[int, ...]]:
    """The bias to hand to the kernel (None for operators without one) and the offset to add to each input.

    sum(w · (x - z)) + b = sum(w · x) + (b - z · sum(w)): without padding every output sums all weights, so the
    offset can be 0. Padding elements take no part in sum(w · x), so there the offset stays -z.
    """
    zero_points = tuple(t.quantized().zero_point for t in inputs)
    offsets = tuple(-z for z in zero_points)
    match node.operator:
        case Conv2D(weights=weights, bias=bias) | FullyConnected(weights=weights, bias=bias):
            sums = weights.astype(np.int64).sum(axis=tuple(range(1, weights.ndim)))
        case DepthwiseConv2D(weights=weights, bias=bias):
            sums = weights.astype(np.int64).sum(axis=(0, 1))
        case _:
            return None, offsets
    window = window_of(node.operator)
    folded = bias.astype(np.int64) - zero_points[0] * sums
    padded = window is not None and window.padding != Padding()
    if padded or folded.min() < _INT32.min or folded.max() > _INT32.max:
        return bias, offsets
    return folded.astype(np.int32), (0,)
