"""One view of all layers that sum products of weights and inputs."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Array

Weighted = Conv2D | DepthwiseConv2D | FullyConnected


def products_of(operator: Weighted, input_channels: int) -> Array:
    """The weights as int64 [G, O/G, T, K].

    In group g, each of O/G output channels sums, over T taps, its products with K input channels, g·K and up. A
    depthwise convolution has a group for every input channel, a fully connected layer a tap for every pixel.
    """
    weights = operator.weights.astype(np.int64)
    match operator:
        case Conv2D(groups=groups):
            return weights.reshape(groups, len(weights) // groups, -1, weights.shape[3])
        case DepthwiseConv2D():
            taps = weights.reshape(-1, input_channels, weights.shape[2] // input_channels)
            return taps.transpose(1, 2, 0)[..., np.newaxis]
        case FullyConnected():
            return weights.reshape(1, len(weights), -1, input_channels)


def with_products(operator: Weighted, products: Array, bias: Array) -> Weighted:
    """`operator` with other weights [G, O/G, T, K], which fit in int8, and another int32 bias."""
    if isinstance(operator, DepthwiseConv2D):
        products = products[..., 0].transpose(2, 0, 1)
    weights = products.reshape(operator.weights.shape).astype(np.int8)
    return replace(operator, weights=weights, bias=bias.astype(np.int32))
