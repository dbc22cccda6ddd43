"""The padding that a window really touches, which may be less than the padding it declares."""

from mcucompile.ir.operators import Padding, Window
from mcucompile.ir.tensors import Shape


def padding_read(window: Window, source: Shape, output: Shape) -> Padding:
    """Padded rows and columns that some output element is computed from.

    The first window begins in the padding at the top and left, so those count as declared. At the bottom and right a
    stride may leave a part of the input, and with it the padding, unread.
    """
    bottom = (output.h - 1) * window.stride.h - window.padding.top + window.extent.h - source.h
    right = (output.w - 1) * window.stride.w - window.padding.left + window.extent.w - source.w
    return Padding(window.padding.top, max(bottom, 0), window.padding.left, max(right, 0))
