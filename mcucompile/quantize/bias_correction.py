"""Analytic bias correction: the mean error that rounding the weights makes is known if the mean input is."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Array, Quantization
from mcucompile.quantize.weights import quantize_weights


def correct_biases(graph: Graph, means: Mapping[str, Array], quantizations: Mapping[str, Quantization]) -> Graph:
    """The float graph with biases that make up for its rounded weights. means: of every channel of every tensor, [C].

    E[W' x] - E[W x] = (W' - W) E[x] is taken from the bias: Nagel et al. 2019, section 4.2 (arXiv 1906.04721).
    """
    return graph.with_nodes([_corrected(node, means, quantizations) for node in graph])


def _corrected(node: Node, means: Mapping[str, Array], quantizations: Mapping[str, Quantization]) -> Node:
    match node.operator:
        case Conv2D() | FullyConnected() as layer:
            channel_axis = 0
        case DepthwiseConv2D() as layer:
            channel_axis = 2
        case _:
            return node
    source, output = quantizations[node.inputs[0]], quantizations[node.name]
    found = quantize_weights(layer.weights, layer.bias, channel_axis, source, output, layer.weight_scales)
    steps = found.factor * output.scale / source.scale
    along = steps if channel_axis == 2 else steps.reshape(-1, *(1,) * (layer.weights.ndim - 1))
    error = _product(layer, found.weights * along - layer.weights, means[node.inputs[0]])
    return replace(node, operator=replace(layer, bias=(layer.bias - error).astype(np.float32)))


def _product(layer: Conv2D | DepthwiseConv2D | FullyConnected, weights: Array, x: Array) -> Array:
    """float64 [O]: what `weights`, shaped like the layer's, make of an input whose every position is x [C]."""
    match layer:
        case Conv2D(groups=groups):
            outputs, kernel_c = weights.shape[0], weights.shape[3]
            by_output = x.reshape(groups, kernel_c).repeat(outputs // groups, axis=0)
            result: Array = (weights.sum(axis=(1, 2)) * by_output).sum(axis=1)
        case DepthwiseConv2D():
            result = weights.sum(axis=(0, 1)) * x.repeat(weights.shape[2] // len(x))
        case FullyConnected():
            result = weights @ np.tile(x, weights.shape[1] // len(x))
    return result
