"""Chooses the C function for a node.

Both libraries get the same call, but where Arm's function would be wrong, and but for its wrappers: with our kernels
they would link what a model does not need.
"""

from collections.abc import Sequence

import numpy as np

from mcucompile.errors import InternalError
from mcucompile.ir.graph import Node
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Lookup,
    MaxPool,
    Mean,
    Mul,
    Padding,
    Softmax,
)
from mcucompile.ir.program import KernelLibrary
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_node
from mcucompile.lower.kernels import is_simple_depthwise, rows_take_depthwise_3x3_path, takes_depthwise_opt_path
from mcucompile.lower.padding import padding_read
from mcucompile.target import Core


def select_kernel(
    node: Node, sources: Sequence[Shape], zero_point_folded: bool, core: Core, library: KernelLibrary
) -> str:
    """The kernel's name, for `node` whose inputs have the shapes `sources`."""
    arm = library is KernelLibrary.CMSIS_NN
    source = sources[0]
    match node.operator:
        case Conv2D() as operator if operator.is_pointwise and _fits_pointwise(operator, source, node.type.shape):
            return "arm_convolve_1x1_s8_fast"
        case Conv2D() as operator if arm and _arm_convolve_wrapper_fails(operator, source, node.type.shape, core):
            return "arm_convolve_s8"
        case Conv2D() as operator:
            return "arm_convolve_wrapper_s8" if arm or operator.is_pointwise else "arm_convolve_s8"
        case DepthwiseConv2D() as operator if arm and _arm_depthwise_wrapper_fails(
            operator, source, node.type.shape, core
        ):
            return "arm_depthwise_conv_s8"
        case DepthwiseConv2D() if arm:
            return "arm_depthwise_conv_wrapper_s8"
        case DepthwiseConv2D() as operator:
            is_3x3 = operator.window.kernel == (3, 3) and is_simple_depthwise(operator, source)
            return "arm_depthwise_conv_3x3_s8" if is_3x3 else "arm_depthwise_conv_s8"
        case FullyConnected() as operator:
            one_factor = zero_point_folded and _has_one_factor(operator)
            return "arm_fully_connected_s8" if one_factor else "arm_convolve_1x1_s8_fast"
        case Add():
            return "arm_elementwise_add_s8"
        case Mul():
            return "arm_elementwise_mul_s8" if sources[1] == source else "mcu_channel_scale_s8"
        case Concat():
            return "mcu_concat_s8"
        case AveragePool():
            return "arm_avgpool_s8"
        case Mean():
            return "mcu_mean_s8"
        case MaxPool():
            return "arm_max_pool_s8"
        case Softmax():
            return "arm_softmax_s8"
        case Lookup():
            return "mcu_lookup_s8"
        case _:
            raise InternalError.broken(format_node(node), "an operator without a kernel", "operators of the int8 graph")


def _fits_pointwise(operator: Conv2D, source: Shape, output: Shape) -> bool:
    return operator.window.stride == (1, 1) and padding_read(operator.window, source, output) == Padding()


def _has_one_factor(operator: FullyConnected) -> bool:
    """arm_fully_connected_s8 takes one multiplier for all outputs, not one for each."""
    requantize = operator.requantize
    assert requantize is not None
    return bool(
        np.all(requantize.multiplier == requantize.multiplier[0]) and np.all(requantize.shift == requantize.shift[0])
    )


def _arm_convolve_wrapper_fails(operator: Conv2D, source: Shape, output: Shape, core: Core) -> bool:
    """CMSIS-NN reads past the input, or computes the last columns wrongly, in two of the wrapper's special paths.

    A 1x1 kernel with padding at the bottom or right only passes for one without padding. On MVE, one-row inputs take
    arm_convolve_1_x_n_s8, which guesses the right padding from the sizes and is wrong for most other paddings.
    A block of rows has a height and a padding at the top of its own, so neither is known here.
    """
    window = operator.window
    if operator.is_pointwise and window.dilation == (1, 1) and window.padding.left == 0:
        return padding_read(window, source, output) != Padding()
    one_row = window.kernel.h == 1 and window.dilation.w == 1 and operator.groups == 1
    return core.mve and one_row and window.stride.w * source.c % 4 == 0


def _arm_depthwise_wrapper_fails(operator: DepthwiseConv2D, source: Shape, output: Shape, core: Core) -> bool:
    """CMSIS-NN's special paths that ask for more than the wrapper checks.

    3x3 without MVE: the middle column is read unchecked, so right padding above 1 takes in bytes of the next row; a
    block of rows gets there whatever the padding at the top is. DSP: a window wholly above or below the input overruns
    the scratch. MVE with one input channel: a convolution with the faults of arm_convolve_wrapper_s8 and the weights
    copied into scratch.
    """
    pads = padding_read(operator.window, source, output)
    if rows_take_depthwise_3x3_path(operator, source, core) and pads.right > 1:
        return True
    if core.mve:
        return source.c == 1 and output.c > 1
    wholly_padded = max(pads.top, pads.bottom) > operator.window.kernel.h
    return takes_depthwise_opt_path(operator, source, core) and wholly_padded
