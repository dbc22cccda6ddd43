"""The int8 operators on batched NHWC arrays: the contract of the C kernels, which use the same names in the same order.

Activations x are int8 [N, H, W, C]. An input offset is minus the input's zero point, an output offset is the output's
zero point. stride, dilation and kernel are (h, w), padding is (top, bottom, left, right); padded elements hold the zero
point. multiplier and shift are one number, or one per output channel. Every function raises OverflowError where an
accumulator leaves 32 bits.

Sums of products are taken in floating point, because that is where BLAS is. They are exact: every product and every
partial sum, in any order, is an integer below 2^24 for float32 or 2^53 for float64, so nothing is ever rounded. The
products are of x itself, with the input offset in the bias: sum (x + offset) · w = sum x · w + offset · sum w.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mcucompile.reference.fixed_point import Int64, Integers, requantize
from mcucompile.reference.rescale import Rescale

Int8 = npt.NDArray[np.int8]
Int32 = npt.NDArray[np.int32]
Array = npt.NDArray[Any]

ADD_LEFT_SHIFT = 20

# What NumPy and BLAS are fastest with.
CACHED_NUMBERS = 2**18  # of one step of a convolution, in the second- or third-level cache
TILE_W = 12  # outputs of a depthwise convolution that one small matrix gives

CHWN, NHWC = (3, 1, 2, 0), (3, 1, 2, 0)
"""The transpositions to and from the order in memory: whatever is done to a channel is done to one long run."""


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
    output_ch, *kernel, kernel_ch = weights.shape
    groups, taps = x.shape[3] // kernel_ch, kernel[0] * kernel[1]
    matrix = weights.astype(np.int64).reshape(output_ch, taps * kernel_ch)
    rescale = Rescale(matrix, bias, input_offset, multiplier, shift, output_offset, act_min, act_max)
    matrices = matrix.astype(rescale.real).reshape(groups, output_ch // groups, taps * kernel_ch)
    padded = _pad(x.transpose(CHWN), padding, -input_offset)
    output_h, output_w = _output_size(padded, kernel, stride, dilation)
    y = np.empty((output_ch, output_h, output_w, len(x)), np.int8)
    for rows in _slices(output_h, (x.shape[3] * taps + output_ch) * output_w * len(x)):
        columns = np.empty((groups, taps, kernel_ch, *y[0, rows].shape), rescale.real)
        for tap, (_, _, seen) in enumerate(_windows(padded, kernel, stride, dilation)):
            columns[:, tap] = seen[:, rows].reshape(columns[:, tap].shape)
        sums = matrices @ columns.reshape(groups, taps * kernel_ch, -1)
        y[:, rows] = rescale(sums.reshape(y[:, rows].shape))
    return y.transpose(NHWC)


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
    *kernel, output_ch = weights.shape
    matrix = weights.astype(np.int64).reshape(-1, output_ch).T
    rescale = Rescale(matrix, bias, input_offset, multiplier, shift, output_offset, act_min, act_max)
    padded = _pad(x.transpose(CHWN), padding, -input_offset)
    output_h, output_w = _output_size(padded, kernel, stride, dilation)
    tile_w = min(output_w, TILE_W)
    bands = _bands(weights.astype(rescale.real), tile_w, stride[1], dilation[1])
    tiles = _tiles(padded, kernel, stride, dilation, tile_w)
    source = np.arange(output_ch) // (output_ch // x.shape[3])
    y = np.empty((output_ch, output_h, output_w, len(x)), np.int8)
    for channels in _slices(output_ch, kernel[0] * y[0].size):
        for rows in _slices(output_h, kernel[0] * y[channels, 0].size):
            columns = tiles[source[channels], rows].astype(rescale.real, order="C")
            sums = bands[channels, np.newaxis, np.newaxis] @ columns.reshape(*columns.shape[:3], -1, len(x))
            y[channels, rows] = rescale(sums.reshape(*sums.shape[:2], -1, len(x)), channels)[:, :, :output_w]
    return y.transpose(NHWC)


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
    rescale = Rescale(weights.astype(np.int64), bias, input_offset, multiplier, shift, output_offset, act_min, act_max)
    columns = x.reshape(len(x), -1).T.astype(rescale.real)
    y = rescale(weights.astype(rescale.real) @ columns)
    return y.T[:, np.newaxis, np.newaxis, :]


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


def mean_s8(
    x: Int8, input_offset: int, output_offset: int, multiplier: int, shift: int, act_min: int, act_max: int
) -> Int8:
    """Mean of each channel over all pixels, [N, 1, 1, C]; multiplier and shift divide the sum as well."""
    acc = (x.astype(np.int64) + input_offset).sum(axis=(1, 2), keepdims=True)
    return _rescale(acc, multiplier, shift, output_offset, act_min, act_max)


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


def _bands(weights: Array, tile_w: int, stride_w: int, dilation_w: int) -> Array:
    """The depthwise convolution of a tile as a matrix for each channel, [C, tile_w, kh·W]; weights [kh, kw, C].

    Times the kh rows of W elements that it sees, one below the other, it gives tile_w outputs of one row.
    """
    kernel_h, kernel_w, channels = weights.shape
    seen_w = (tile_w - 1) * stride_w + (kernel_w - 1) * dilation_w + 1
    bands = np.zeros((channels, tile_w, kernel_h, seen_w), weights.dtype)
    output = np.arange(tile_w)
    for col in range(kernel_w):
        bands[:, output, :, output * stride_w + col * dilation_w] = weights[:, col].T
    return bands.reshape(channels, tile_w, kernel_h * seen_w)


def _tiles(
    padded: Int8, kernel: Sequence[int], stride: tuple[int, int], dilation: tuple[int, int], tile_w: int
) -> Int8:
    """What each tile of tile_w outputs sees, [C, OH, tiles, kh, W, N]; the last tile may go beyond the output."""
    output_w = _output_size(padded, kernel, stride, dilation)[1]
    seen_h, seen_w = (kernel[0] - 1) * dilation[0] + 1, (tile_w - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1
    beyond = max(0, (-(-output_w // tile_w) - 1) * tile_w * stride[1] + seen_w - padded.shape[2])
    windows = sliding_window_view(_pad(padded, (0, 0, 0, beyond), 0), (seen_h, seen_w), axis=(1, 2))
    return windows[:, :: stride[0], :: stride[1] * tile_w, :, :: dilation[0]].transpose(0, 1, 2, 4, 5, 3)


def _slices(count: int, each: int) -> Iterator[slice]:
    """[0, count) in pieces that a cache holds, when `each` numbers belong to an index."""
    step = max(1, CACHED_NUMBERS // max(1, each))
    for begin in range(0, count, step):
        yield slice(begin, min(begin + step, count))


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
    if not any(padding):
        return x
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)


def _output_size(
    padded: Array, kernel: Sequence[int], stride: tuple[int, int], dilation: tuple[int, int]
) -> tuple[int, int]:
    output_h, output_w = (
        (extent - (kernel[axis] - 1) * dilation[axis] - 1) // stride[axis] + 1
        for axis, extent in enumerate(padded.shape[1:3])
    )
    return output_h, output_w


def _windows(
    padded: Array, kernel: Sequence[int], stride: tuple[int, int], dilation: tuple[int, int]
) -> Iterator[tuple[int, int, Array]]:
    """For each kernel position (row, col): what every output element sees there, [..., OH, OW, ...] of axes 1 and 2."""
    output_h, output_w = _output_size(padded, kernel, stride, dilation)
    for row in range(kernel[0]):
        for col in range(kernel[1]):
            top, left = row * dilation[0], col * dilation[1]
            bottom, right = top + (output_h - 1) * stride[0] + 1, left + (output_w - 1) * stride[1] + 1
            yield row, col, padded[:, top : bottom : stride[0], left : right : stride[1]]


def _rescale(acc: Int64, multiplier: Integers, shift: Integers, output_offset: int, act_min: int, act_max: int) -> Int8:
    y: Int64 = requantize(acc, multiplier, shift) + output_offset
    return y.clip(act_min, act_max).astype(np.int8)
