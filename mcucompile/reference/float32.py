"""The float operators, on batched NHWC float32 arrays, and the evaluation of a float graph."""

from collections.abc import Iterator

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    NO_CLAMP,
    Add,
    AveragePool,
    ChannelAffine,
    Clamp,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    MaxPool,
    Mul,
    Operator,
    Pad,
    Padding,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.tensors import Array, TensorType
from mcucompile.reference.functions import apply_function
from mcucompile.reference.walk import Progress, run, walk


def evaluate_float(graph: Graph, x: Array) -> dict[str, Array]:
    """Every tensor of a float graph by name, float32 [N, H, W, C], for x float32 [N, H, W, C].

    A tensor with a given quantization is rounded to it. Raises ValueError if x has another shape.
    """
    return dict(walk_float(graph, x))


def walk_float(graph: Graph, x: Array) -> Iterator[tuple[str, Array]]:
    """Like `evaluate_float`, but one tensor at a time, each let go after its last reader."""
    return walk(graph, _rounded(x, graph.input_type), _apply_node)


def run_float(graph: Graph, x: Array, batch: int = 32, progress: Progress | None = None) -> Array:
    """The output [N, H, W, C] of a float graph for x float32 [N, H, W, C], in batches of bounded memory."""
    return run(graph, _rounded(x, graph.input_type), _apply_node, batch, progress)


def apply_float(operator: Operator, inputs: tuple[Array, ...]) -> Array:
    """What a float operator makes of its inputs, float32 [N, H, W, C]. Raises TypeError for an int8-only operator."""
    x = inputs[0]
    match operator:
        case Conv2D(weights=weights, bias=bias, window=window, clamp=clamp):
            return _clamped(_conv2d(x, weights, window, operator.groups) + bias, clamp)
        case DepthwiseConv2D(weights=weights, bias=bias, window=window, clamp=clamp):
            return _clamped(_depthwise_conv2d(x, weights, window) + bias, clamp)
        case FullyConnected(weights=weights, bias=bias, clamp=clamp):
            y = x.reshape(len(x), -1) @ weights.T + bias
            return _clamped(y[:, np.newaxis, np.newaxis, :], clamp)
        case Add(clamp=clamp):
            return _clamped(x + inputs[1], clamp)
        case Mul(clamp=clamp):
            return _clamped(x * inputs[1], clamp)
        case Concat():
            return np.concatenate(inputs, axis=3)
        case AveragePool(window=window, clamp=clamp):
            return _clamped(_average_pool(x, window), clamp)
        case MaxPool(window=window, clamp=clamp):
            return _clamped(np.max(list(_taps(x, window, -np.inf)), axis=0), clamp)
        case Softmax():
            exponential = np.exp(x - x.max(axis=-1, keepdims=True))
            return np.asarray(exponential / exponential.sum(axis=-1, keepdims=True))
        case ChannelAffine(scale=scale, offset=offset):
            return x * scale + offset
        case Elementwise(function=function):
            return apply_function(function, x).astype(np.float32)
        case Clip(clamp=clamp):
            return _clamped(x, clamp)
        case Pad(padding=padding):
            return _padded(x, padding)
        case _:
            raise TypeError(f"{operator.mnemonic} has no float meaning")


def _apply_node(_graph: Graph, node: Node, inputs: tuple[Array, ...]) -> Array:
    return _rounded(apply_float(node.operator, inputs), node.type)


def _rounded(values: Array, tensor: TensorType) -> Array:
    """float32 `values` of `tensor`, each made the nearest number that its given quantization has, if there is one."""
    return values if tensor.given is None else tensor.given.dequantize(tensor.given.quantize(values))


def _conv2d(x: Array, weights: Array, window: Window, groups: int) -> Array:
    output_c, _, _, kernel_c = weights.shape
    height, width = window.output_size(Size2D(*x.shape[1:3]))
    columns = np.empty((len(x), height, width, groups, window.kernel.h * window.kernel.w, kernel_c), np.float32)
    for position, taps in enumerate(_taps(x, window)):
        columns[..., position, :] = taps.reshape(*taps.shape[:3], groups, kernel_c)
    matrices = weights.reshape(groups, output_c // groups, -1).transpose(0, 2, 1)
    rows = columns.reshape(-1, groups, matrices.shape[1]).transpose(1, 0, 2)
    return (rows @ matrices).transpose(1, 0, 2).reshape(len(x), height, width, output_c)


def _depthwise_conv2d(x: Array, weights: Array, window: Window) -> Array:
    multiple = weights.shape[2] // x.shape[3]
    filters = weights.reshape(-1, weights.shape[2])
    wide = np.repeat(x, multiple, axis=3) if multiple > 1 else x
    products = (taps * weight for taps, weight in zip(_taps(wide, window), filters, strict=True))
    return np.asarray(sum(products))


def _average_pool(x: Array, window: Window) -> Array:
    inside = np.ones((1, *x.shape[1:3], 1), np.float32)
    return np.asarray(sum(_taps(x, window)) / sum(_taps(inside, window)))


def _taps(x: Array, window: Window, beside: float = 0.0) -> Iterator[Array]:
    """For each kernel position, row by row: what every output element sees there, [N, OH, OW, C].

    beside: what it sees in the padding.
    """
    height, width = window.output_size(Size2D(*x.shape[1:3]))
    padded = _padded(x, window.padding, beside)
    for row in range(window.kernel.h):
        for col in range(window.kernel.w):
            top, left = row * window.dilation.h, col * window.dilation.w
            rows = slice(top, top + (height - 1) * window.stride.h + 1, window.stride.h)
            cols = slice(left, left + (width - 1) * window.stride.w + 1, window.stride.w)
            yield padded[:, rows, cols]


def _padded(x: Array, padding: Padding, value: float = 0.0) -> Array:
    if padding == Padding():
        return x
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)


def _clamped(x: Array, clamp: Clamp) -> Array:
    if clamp == NO_CLAMP:
        return x
    return np.clip(x, np.float32(clamp.low), np.float32(clamp.high))
