"""Reads kernel, strides, pads, dilations, auto_pad and ceil_mode, which Conv and the pools share."""

from mcucompile.importer.axes import describe, matches
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.values import Activation
from mcucompile.ir.operators import Padding, Size2D, Window

IMAGE = Constraint(
    "the input is an image with the axes N, C, H, W",
    "give a 1-D layer a height of 1 (Unsqueeze, then a 2-D layer), and an image its axes in the order N, C, H, W",
)
TWO_DIMENSIONS = Constraint("kernel_shape, strides, pads and dilations describe two dimensions, each number at least 1")
AUTO_PAD = Constraint("auto_pad is NOTSET, SAME_UPPER, SAME_LOWER or VALID")
PADS = Constraint("pads are not negative")
WINDOW_FITS = Constraint("the window fits into the padded input")

WINDOW_CONSTRAINTS = (IMAGE, TWO_DIMENSIONS, AUTO_PAD, PADS, WINDOW_FITS)


def image_input(node: OnnxNode) -> Activation:
    """Input 0. Raises ViolationError unless its axes are N, C, H, W."""
    x = node.activation()
    IMAGE.require(matches(x.axes, "NCHW"), f"an input with the axes {describe(x.axes)}")
    return x


def read_window(node: OnnxNode, size: Size2D, kernel: Size2D) -> Window:
    """The window over an input of `size`, with explicit padding. Raises ViolationError."""
    stride, dilation = _pair(node, "strides"), _pair(node, "dilations")
    TWO_DIMENSIONS.require(min(kernel) >= 1, f"kernel {kernel}")
    unpadded = Window(kernel, stride, Padding(), dilation)
    window = Window(kernel, stride, _padding(node, size, unpadded), dilation)
    if node.attributes.integer("ceil_mode", 0):
        window = Window(kernel, stride, _rounded_up(window, size), dilation)
    found = f"a {window.extent} window over {size} with pads {window.padding}"
    WINDOW_FITS.require(min(window.output_size(size)) >= 1, found)
    return window


def _pair(node: OnnxNode, name: str) -> Size2D:
    numbers = node.attributes.integers(name) or (1, 1)
    TWO_DIMENSIONS.require(len(numbers) == 2 and min(numbers) >= 1, f"{name} {list(numbers)}")
    return Size2D(*numbers)


def _padding(node: OnnxNode, size: Size2D, window: Window) -> Padding:
    mode = node.attributes.string("auto_pad", "NOTSET")
    match mode:
        case "NOTSET":
            pads = node.attributes.integers("pads") or (0, 0, 0, 0)
            TWO_DIMENSIONS.require(len(pads) == 4, f"pads {list(pads)}")
            PADS.require(min(pads) >= 0, f"pads {list(pads)}")
            top, left, bottom, right = pads
            return Padding(top, bottom, left, right)
        case "VALID":
            return Padding()
        case "SAME_UPPER" | "SAME_LOWER":
            vertical = _same(size.h, window.extent.h, window.stride.h, mode)
            horizontal = _same(size.w, window.extent.w, window.stride.w, mode)
            return Padding(*vertical, *horizontal)
        case _:
            AUTO_PAD.require(False, f"auto_pad {mode}")
            raise AssertionError


def _same(size: int, extent: int, stride: int, mode: str) -> tuple[int, int]:
    """Padding before and after that gives ceil(size / stride) outputs; an odd one goes where `mode` says."""
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + extent - size, 0)
    small, large = total // 2, total - total // 2
    return (small, large) if mode == "SAME_UPPER" else (large, small)


def _rounded_up(window: Window, size: Size2D) -> Padding:
    """The padding with which rounding down gives what ceil_mode gives by rounding up (ONNX, AveragePool)."""
    pad = window.padding
    bottom = _extra(size.h, pad.top, pad.bottom, window.extent.h, window.stride.h)
    right = _extra(size.w, pad.left, pad.right, window.extent.w, window.stride.w)
    return Padding(pad.top, pad.bottom + bottom, pad.left, pad.right + right)


def _extra(size: int, before: int, after: int, extent: int, stride: int) -> int:
    outputs = -(-(size + before + after - extent) // stride) + 1
    if (outputs - 1) * stride >= size + before:  # a window that starts behind the input is left out
        outputs -= 1
    return max((outputs - 1) * stride + extent - size - before - after, 0)
