"""What each tap of a kernel sees while it slides over its input: elements of the input, padding, or both."""

from typing import NamedTuple

import numpy as np

from mcucompile.ir.operators import Operator, Window
from mcucompile.ir.shapes import window_of
from mcucompile.ir.tensors import Array, Shape


class Taps(NamedTuple):
    """Two bool arrays [T], taps in row-major order; a fully connected layer has a tap for every pixel."""

    see_input: Array
    see_padding: Array


def taps_of(operator: Operator, source: Shape, output: Shape) -> Taps:
    """What the taps of `operator` see, at one output position at least."""
    window = window_of(operator)
    if window is None:
        pixels = source.h * source.w
        return Taps(np.ones(pixels, bool), np.zeros(pixels, bool))
    rows, columns = _inside(window, 0, source.h, output.h), _inside(window, 1, source.w, output.w)
    see_input = np.logical_and.outer(rows.any(axis=0), columns.any(axis=0))
    see_padding = np.logical_or.outer(~rows.all(axis=0), ~columns.all(axis=0))
    return Taps(see_input.reshape(-1), see_padding.reshape(-1))


def _inside(window: Window, axis: int, size: int, output_size: int) -> Array:
    """Bool [output position, tap]: along one axis, whether the tap lies inside the input there."""
    before = window.padding.left if axis else window.padding.top
    starts = np.arange(output_size) * window.stride[axis] - before
    places = np.add.outer(starts, np.arange(window.kernel[axis]) * window.dilation[axis])
    return np.asarray((places >= 0) & (places < size))
