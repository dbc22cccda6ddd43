"""The int8 operators on batched NHWC arrays: the contract of the C kernels, which use the same names in the same order.

Activations x are int8 [N, H, W, C]. An input offset is minus the input's zero point, an output offset is the output's
zero point. stride, dilation and kernel are (h, w), padding is (top, bottom, left, right); padded elements hold the zero
point. multiplier and shift are one number, or one per output channel. Every function raises OverflowError where an
accumulator leaves 32 bits.

Sums of products are taken in floating point, because that is where BLAS is. They are exact: every product and every
partial sum, in any order, is an integer below 2^24 for float32 or 2^53 for float64, so nothing is ever rounded.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mcucompile.reference.fixed_point import Int64, Integers, requantize

Int8 = npt.NDArray[np.int8]
Int32 = npt.NDArray[np.int32]
Array = npt.NDArray[Any]

ADD_LEFT_SHIFT = 20


def convolve_s8(
    x: Int8,
    weights: Int8,
    bias: Int32,
    input_offset: int,
    output_offset: int,
    multiplier: Integers,
    shift: Integers,
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
    act_min: int,
    act_max: int,
) -> Int8:
    """Convolution; weights [O, kh, kw, I/groups], bias [O]. Output [N, OH, OW, O]."""
    output_ch, kernel_h, kernel_w, kernel_ch = weights.shape
    groups = x.shape[3] // kernel_ch
    real = _exact_dtype(kernel_h * kernel_w * kernel_ch)
    padded = _pad(x.astype(real) + input_offset, padding, 0)
    matrices = weights.astype(real).reshape(groups, output_ch // groups, kernel_h, kernel_w, kernel_ch)
    acc: Array = np.zeros((), real)
    for row, col, taps in _windows(padded, (kernel_h, kernel_w), stride, dilation):
        columns = taps.reshape(-1, groups, kernel_ch).transpose(1, 2, 0)
        products = matrices[:, :, row, col, :] @ columns  # [groups, O/groups, N·OH·OW]
        acc = acc + products.transpose(2, 0, 1).reshape(*taps.shape[:3], output_ch)
    return _rescale(acc.astype(np.int64) + bias, multiplier, shift, output_offset, act_min, act_max)


def depthwise_conv_s8(
    x: Int8,
    weights: Int8,
    bias: Int32,
    input_offset: int,
    output_offset: int,
    multiplier: Integers,
    shift: Integers,
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
    act_min: int,
    act_max: int,
) -> Int8:
    """Depthwise convolution; weights [kh, kw, C·M], bias [C·M]. Output channel c·M + m reads input channel c."""
    kernel_h, kernel_w, output_ch = weights.shape
    input_ch = x.shape[3]
    real = _exact_dtype(kernel_h * kernel_w)
    padded = _pad(x.astype(real) + input_offset, padding, 0)
    filters = weights.astype(real).reshape(kernel_h, kernel_w, input_ch, output_ch // input_ch)
    acc = sum(
        taps[..., np.newaxis] * filters[row, col]
        for row, col, taps in _windows(padded, (kernel_h, kernel_w), stride, dilation)
    )
    acc = acc.reshape(*acc.shape[:3], output_ch).astype(np.int64) + bias
    return _rescale(acc, multiplier, shift, output_offset, act_min, act_max)


def fully_connected_s8(
    x: Int8,
    weights: Int8,
    bias: Int32,
    input_offset: int,
    output_offset: int,
    multiplier: Integers,
    shift: Integers,
    act_min: int,
    act_max: int,
) -> Int8:
    """Matrix times each input flattened in H, W, C order; weights [O, H·W·C], bias [O]. Output [N, 1, 1, O]."""
    real = _exact_dtype(weights.shape[1])
    columns = x.reshape(len(x), -1).astype(real) + input_offset
    acc = (columns @ weights.astype(real).T).astype(np.int64) + bias
    return _rescale(acc, multiplier, shift, output_offset, act_min, act_max)[:, np.newaxis, np.newaxis, :]


def elementwise_add_s8(
    x1: Int8,
    x2: Int8,
    input_1_offset: int,
    input_1_multiplier: int,
    input_1_shift: int,
    input_2_offset: int,
    input_2_multiplier: int,
    input_2_shift: int,
    output_offset: int,
    output_multiplier: int,
    output_shift: int,
    act_min: int,
    act_max: int,
) -> Int8:
    """Sum: both inputs, shifted left by 20, are rescaled to a common scale, added, and rescaled to the output's."""
    scaled_1 = requantize((x1.astype(np.int64) + input_1_offset) << ADD_LEFT_SHIFT, input_1_multiplier, input_1_shift)
    scaled_2 = requantize((x2.astype(np.int64) + input_2_offset) << ADD_LEFT_SHIFT, input_2_multiplier, input_2_shift)
    return _rescale(scaled_1 + scaled_2, output_multiplier, output_shift, output_offset, act_min, act_max)


def elementwise_mul_s8(
    x1: Int8,
    x2: Int8,
    input_1_offset: int,
    input_2_offset: int,
    output_offset: int,
    multiplier: int,
    shift: int,
    act_min: int,
    act_max: int,
) -> Int8:
    """Product; x2 broadcasts, so that [N, 1, 1, C] scales channels."""
    acc = (x1.astype(np.int64) + input_1_offset) * (x2.astype(np.int64) + input_2_offset)
    return _rescale(acc, multiplier, shift, output_offset, act_min, act_max)


def avgpool_s8(
    x: Int8,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    act_min: int,
    act_max: int,
) -> Int8:
    """Mean over the elements of each window that lie inside the input, rounded, halves away from zero.

    Raises ValueError if a window lies wholly in the padding.
    """
    count = _elements_inside(x, kernel, stride, padding)
    padded = _pad(x.astype(np.int64), padding, 0)
    total = sum(taps for _, _, taps in _windows(padded, kernel, stride, (1, 1)))
    y: Int64 = np.sign(total) * ((np.abs(total) + count // 2) // count)
    return y.clip(act_min, act_max).astype(np.int8)


def max_pool_s8(
    x: Int8,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    act_min: int,
    act_max: int,
) -> Int8:
    """Largest of the elements of each window that lie inside the input.

    Raises ValueError if a window lies wholly in the padding.
    """
    _elements_inside(x, kernel, stride, padding)
    padded = _pad(x, padding, -128)
    y: Int8 = np.max([taps for _, _, taps in _windows(padded, kernel, stride, (1, 1))], axis=0)
    return y.clip(act_min, act_max).astype(np.int8)


def concat_s8(*x: Int8) -> Int8:
    """The channels of all x, one after the other."""
    return np.concatenate(x, axis=3)


def lookup_s8(x: Int8, table: Int8) -> Int8:
    """table[x + 128]: any function of one int8, tabulated; table [256]."""
    return np.take(table, x.astype(np.int64) + 128)


def _exact_dtype(products: int) -> np.dtype[Any]:
    """The float type in which a sum of so many (x + input_offset) · weight, each at most 255 · 128, is exact."""
    return np.dtype(np.float32 if products * 255 * 128 <= 2**24 else np.float64)


def _elements_inside(
    x: Int8, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int, int, int]
) -> Int64:
    """How many elements of each pooling window are not padding, [1, OH, OW, 1]."""
    inside = _pad(np.ones((1, *x.shape[1:3], 1), np.int64), padding, 0)
    count: Int64 = np.sum([taps for _, _, taps in _windows(inside, kernel, stride, (1, 1))], axis=0)
    if not np.all(count):
        raise ValueError("a pooling window lies wholly in the padding")
    return count


def _pad(x: Array, padding: tuple[int, int, int, int], value: int) -> Array:
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)


def _windows(
    padded: Array, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]
) -> Iterator[tuple[int, int, Array]]:
    """For each kernel position (row, col): what every output element sees there, [N, OH, OW, C]."""
    height, width = padded.shape[1:3]
    output_h = (height - (kernel[0] - 1) * dilation[0] - 1) // stride[0] + 1
    output_w = (width - (kernel[1] - 1) * dilation[1] - 1) // stride[1] + 1
    for row in range(kernel[0]):
        for col in range(kernel[1]):
            top, left = row * dilation[0], col * dilation[1]
            bottom, right = top + (output_h - 1) * stride[0] + 1, left + (output_w - 1) * stride[1] + 1
            yield row, col, padded[:, top : bottom : stride[0], left : right : stride[1]]


def _rescale(acc: Int64, multiplier: Integers, shift: Integers, output_offset: int, act_min: int, act_max: int) -> Int8:
    y: Int64 = requantize(acc, multiplier, shift) + output_offset
    return y.clip(act_min, act_max).astype(np.int8)
