"""What a layer's weights see and what they should give: moments over samples, from which its squared error follows."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Padding, Size2D, Window
from mcucompile.ir.tensors import Array

Weighted = Conv2D | DepthwiseConv2D | FullyConnected


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    """Moments of a layer's inputs x and wanted results t, all float64, in G groups of K inputs and M outputs.

    mean_x [G, K], mean_t [G, M], covariance [G, K, K] of x.
    """

    mean_x: Array
    mean_t: Array
    covariance: Array

    def squared_error(self, difference: Array) -> Array:
        """What weights that are off by `difference` [G, M, K] add to the mean squared error: [G, M].

        It is the variance of difference · x, since the bias makes up for the mean.
        """
        result: Array = np.einsum("gmk,gmk->gm", difference @ self.covariance, difference)
        return result

    def best_bias(self, weights: Array) -> Array:
        """The bias [G, M] that makes the mean error of `weights` [G, M, K] zero: mean t - weights · mean x."""
        result: Array = self.mean_t - np.einsum("gmk,gk->gm", weights, self.mean_x)
        return result


def layer_statistics(batches: Iterable[tuple[Array, Array]]) -> LayerStatistics:
    """The moments of batches (x [rows, G, K], t [rows, G, M]); one batch is in memory at a time."""
    count = 0
    sum_x = sum_t = products = np.zeros(())
    for x, t in batches:
        by_group = x.transpose(1, 0, 2).astype(np.float64)
        count += len(x)
        sum_x = sum_x + by_group.sum(axis=1)
        sum_t = sum_t + t.sum(axis=0, dtype=np.float64)
        products = products + by_group.transpose(0, 2, 1) @ by_group
    mean_x = sum_x / count
    covariance = products / count - mean_x[:, :, np.newaxis] * mean_x[:, np.newaxis, :]
    return LayerStatistics(mean_x, sum_t / count, covariance)


def weight_matrices(operator: Weighted, weights: Array, channels: int) -> Array:
    """`weights`, shaped like the operator's, as [G, M, K]; channels: of its input."""
    match operator:
        case Conv2D(groups=groups):
            return weights.reshape(groups, len(weights) // groups, -1)
        case DepthwiseConv2D():
            return weights.reshape(-1, channels, weights.shape[2] // channels).transpose(1, 2, 0)
        case FullyConnected():
            return weights[np.newaxis]


def from_weight_matrices(operator: Weighted, matrices: Array) -> Array:
    """The inverse of `weight_matrices`."""
    if isinstance(operator, DepthwiseConv2D):
        return matrices.transpose(2, 0, 1).reshape(operator.weights.shape)
    return matrices.reshape(operator.weights.shape)


def input_columns(operator: Weighted, x: Array) -> Array:
    """What each output element's weights meet in x [N, H, W, C], 0 in the padding: [N·OH·OW, G, K]."""
    match operator:
        case FullyConnected():
            return x.reshape(len(x), 1, -1)
        case Conv2D(window=window, groups=groups):
            taps = _taps(x, window)
            by_group = taps.reshape(*taps.shape[:2], groups, -1)
            return by_group.transpose(0, 2, 1, 3).reshape(len(taps), groups, -1)
        case DepthwiseConv2D(window=window):
            return _taps(x, window).transpose(0, 2, 1)


def _taps(x: Array, window: Window) -> Array:
    """[N·OH·OW, taps, C]."""
    height, width = window.output_size(Size2D(*x.shape[1:3]))
    padded = _padded(x, window.padding)
    taps = []
    for row in range(0, window.extent.h, window.dilation.h):
        for col in range(0, window.extent.w, window.dilation.w):
            rows = slice(row, row + (height - 1) * window.stride.h + 1, window.stride.h)
            cols = slice(col, col + (width - 1) * window.stride.w + 1, window.stride.w)
            taps.append(padded[:, rows, cols].reshape(-1, x.shape[3]))
    return np.stack(taps, axis=1)


def _padded(x: Array, padding: Padding) -> Array:
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
