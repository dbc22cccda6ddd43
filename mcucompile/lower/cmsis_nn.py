"""What Arm's CMSIS-NN needs and where it must not be trusted, v5 to v7; measured, see tests/lower/test_cmsis_nn.py."""

from mcucompile.ir.graph import Node
from mcucompile.ir.operators import AveragePool, Conv2D, DepthwiseConv2D, Size2D, Window
from mcucompile.ir.tensors import Shape
from mcucompile.target import Core

_MVE_CHANNEL_BLOCK = 124


def has_wrong_depthwise_path(window: Window, shape: Shape, output: Shape) -> bool:
    """Whether arm_depthwise_conv_wrapper_s8 may pick a path that goes wrong; arm_depthwise_conv_s8 does not.

    The 3x3 path (Armv6-M to Armv8-M) checks only the last column of a window against the right edge: an effective
    right padding of 2 or more reads wrong pixels. The general path for DSP cores writes past its scratch for a window
    that lies wholly above or below the image. MVE turns one input channel into a convolution, with its row path.
    """
    right = (output.w - 1) * window.stride.w - window.padding.left + 3 - shape.w
    below = (output.h - 1) * window.stride.h - window.padding.top
    return (
        (window.kernel == (3, 3) and right >= 2)
        or window.padding.top >= window.kernel.h
        or below >= shape.h
        or (shape.c == 1 and takes_row_path(window, shape))
    )


def takes_row_path(window: Window, shape: Shape) -> bool:
    """Whether arm_convolve_wrapper_s8 takes its path for single rows, which on MVE cores fails for many paddings.

    arm_convolve_s8, which the wrapper calls for all other shapes, is right for these as well.
    """
    return shape.h == 1 and window.kernel.h == 1 and window.kernel.w > 1


def scratch_bytes(kernel: str, node: Node, shape: Shape, core: Core) -> int:
    """What the library's get_buffer_size functions return for this call."""
    match node.operator:
        case Conv2D() if kernel in ("arm_convolve_wrapper_s8", "arm_convolve_s8"):
            return _convolve_bytes(node.operator, shape, core)
        case DepthwiseConv2D(window=window) if kernel == "arm_depthwise_conv_wrapper_s8":
            return _depthwise_bytes(window, shape, node.type.shape, core)
        case AveragePool() if core.dsp and not core.mve:
            return 4 * shape.c
        case _:
            return 0


def _convolve_bytes(operator: Conv2D, shape: Shape, core: Core) -> int:
    if operator.is_pointwise and operator.window.padding == (0, 0, 0, 0):
        return 0
    columns = operator.window.kernel.h * operator.window.kernel.w * shape.c
    return 4 * _round_up(columns, 16 if core.mve else 4)


def _depthwise_bytes(window: Window, shape: Shape, output: Shape, core: Core) -> int:
    taps = window.kernel.h * window.kernel.w
    if core.mve and shape.c == 1 and output.c > 1:
        return taps * output.c + 4 * _round_up(taps, 16)
    if shape.c != output.c or window.dilation != Size2D(1, 1):
        return 0
    if core.mve:
        return 4 * _MVE_CHANNEL_BLOCK * taps
    is_3x3 = window.kernel == (3, 3) and window.padding.left <= 1 and window.padding.top <= 1
    return 2 * shape.c * taps if core.dsp and not is_3x3 else 0


def _round_up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple
