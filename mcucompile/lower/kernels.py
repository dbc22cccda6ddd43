"""What the planner must know of each kernel: its scratch, and whether its output may replace its input.

The bundled kernels (`firmware/kernels/`) need no scratch. Arm's CMSIS-NN does; the formulas are those of its functions
arm_*_get_buffer_size, which depend on the instructions a core has.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mcucompile.ir.graph import Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D
from mcucompile.ir.program import KernelLibrary
from mcucompile.ir.tensors import Shape
from mcucompile.target import Core

MVE_CHANNEL_BLOCK = 124
"""CMSIS-NN, CH_IN_BLOCK_MVE: channels that its MVE depthwise convolution gathers at once."""


@dataclass(frozen=True)
class Kernel:
    """overwrites: the inputs whose place the output may take, element by element.

    cmsis_nn_scratch: bytes that Arm's function of this name needs, of the node, its input's shape and the core; None
    for no scratch on any core.
    """

    overwrites: tuple[int, ...] = ()
    cmsis_nn_scratch: Callable[[Node, Shape, Core], int] | None = None


def scratch_bytes(name: str, node: Node, source: Shape, core: Core, library: KernelLibrary) -> int:
    """The work space of kernel `name` for `node`, whose input has the shape `source`."""
    formula = KERNELS[name].cmsis_nn_scratch
    return 0 if library is KernelLibrary.BUNDLED or formula is None else formula(node, source, core)


def is_simple_depthwise(operator: DepthwiseConv2D, source: Shape) -> bool:
    """Whether there is one output a channel, and no dilation."""
    return operator.weights.shape[2] == source.c and operator.window.dilation == (1, 1)


def takes_depthwise_3x3_path(operator: DepthwiseConv2D, source: Shape, core: Core) -> bool:
    """Whether arm_depthwise_conv_wrapper_s8 hands this layer to arm_depthwise_conv_3x3_s8."""
    return rows_take_depthwise_3x3_path(operator, source, core) and operator.window.padding.top <= 1


def rows_take_depthwise_3x3_path(operator: DepthwiseConv2D, source: Shape, core: Core) -> bool:
    """Whether it does so with a block of rows that has no padding at the top."""
    window = operator.window
    has_path = not core.mve and window.kernel == (3, 3) and window.padding.left <= 1
    return has_path and is_simple_depthwise(operator, source)


def takes_depthwise_opt_path(operator: DepthwiseConv2D, source: Shape, core: Core) -> bool:
    """Whether arm_depthwise_conv_wrapper_s8 hands this layer to the SIMD code of arm_depthwise_conv_s8_opt."""
    has_simd = core.dsp or core.mve
    return has_simd and is_simple_depthwise(operator, source) and not takes_depthwise_3x3_path(operator, source, core)


def takes_pointwise_path(operator: Conv2D) -> bool:
    """Whether arm_convolve_wrapper_s8 takes this layer for pointwise; it looks at the top and left pads only."""
    window = operator.window
    return operator.is_pointwise and window.dilation == (1, 1) and window.padding.top == window.padding.left == 0


def _convolve(node: Node, source: Shape, core: Core) -> int:
    """Four columns of the im2col matrix in bytes on MVE, otherwise two in 16 bits."""
    assert isinstance(node.operator, Conv2D)
    kernel = node.operator.window.kernel
    column = kernel.h * kernel.w * source.c
    return 4 * _round_up(column, 16) if core.mve else 4 * _round_up(column, 4)


def _convolve_wrapper(node: Node, source: Shape, core: Core) -> int:
    assert isinstance(node.operator, Conv2D)
    return 0 if takes_pointwise_path(node.operator) else _convolve(node, source, core)


def _depthwise_wrapper(node: Node, source: Shape, core: Core) -> int:
    assert isinstance(node.operator, DepthwiseConv2D)
    if not takes_depthwise_opt_path(node.operator, source, core):
        return 0
    kernel = node.operator.window.kernel
    taps = kernel.h * kernel.w
    return 4 * MVE_CHANNEL_BLOCK * taps if core.mve else 2 * source.c * taps


def _average_pool(node: Node, source: Shape, core: Core) -> int:
    """A 32-bit sum for every channel, on cores with DSP but without MVE."""
    return 4 * source.c if core.dsp and not core.mve else 0


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


KERNELS = {
    "arm_convolve_wrapper_s8": Kernel(cmsis_nn_scratch=_convolve_wrapper),
    "arm_convolve_s8": Kernel(cmsis_nn_scratch=_convolve),
    "arm_convolve_1x1_s8_fast": Kernel(),
    "arm_depthwise_conv_wrapper_s8": Kernel(cmsis_nn_scratch=_depthwise_wrapper),
    "arm_depthwise_conv_3x3_s8": Kernel(),
    "arm_depthwise_conv_s8": Kernel(),
    "arm_fully_connected_s8": Kernel(),
    "arm_avgpool_s8": Kernel(cmsis_nn_scratch=_average_pool),
    "arm_max_pool_s8": Kernel(),
    "arm_elementwise_add_s8": Kernel(overwrites=(0, 1)),
    "arm_elementwise_mul_s8": Kernel(overwrites=(0, 1)),
    "arm_softmax_s8": Kernel(overwrites=(0,)),
    "mcu_channel_scale_s8": Kernel(overwrites=(0,)),
    "mcu_concat_s8": Kernel(),
    "mcu_mean_s8": Kernel(),
    "mcu_lookup_s8": Kernel(overwrites=(0,)),
}
