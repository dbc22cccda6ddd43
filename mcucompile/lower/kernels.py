"""Which kernel runs a node, what work space it takes, and what it may overwrite."""

from mcucompile.errors import InternalError
from mcucompile.ir.graph import Node
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Lookup,
    Padding,
    Requantize,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.program import KernelLibrary
from mcucompile.ir.tensors import Shape
from mcucompile.lower import cmsis_nn
from mcucompile.target import Core

_IN_PLACE = {"arm_elementwise_add_s8", "mcu_lookup_s8"}
"""Element-wise kernels: output element i depends on input elements i alone, and is written after they are read."""


def select_kernel(node: Node, shape: Shape, library: KernelLibrary) -> str:
    """The C function that computes an int8 `node` on a first input of `shape`."""
    arm = library is KernelLibrary.CMSIS_NN
    match node.operator:
        case Conv2D(window=window, is_pointwise=True) if is_dense(window):
            return "arm_convolve_1x1_s8_fast"
        case Conv2D(window=window):
            distrusted = arm and cmsis_nn.takes_row_path(window, shape)
            return "arm_convolve_s8" if distrusted else "arm_convolve_wrapper_s8"
        case DepthwiseConv2D(window=window):
            distrusted = arm and cmsis_nn.has_wrong_depthwise_path(window, shape, node.type.shape)
            return "arm_depthwise_conv_s8" if distrusted else "arm_depthwise_conv_wrapper_s8"
        case FullyConnected(requantize=requantize):
            # Arm's function takes one factor for all outputs; with several, this is a 1x1 convolution of one pixel.
            return "arm_fully_connected_s8" if _has_one_factor(requantize) else "arm_convolve_1x1_s8_fast"
        case Add():
            return "arm_elementwise_add_s8"
        case AveragePool():
            return "arm_avgpool_s8"
        case Softmax():
            return "arm_softmax_s8"
        case Lookup():
            return "mcu_lookup_s8"
        case operator:
            raise InternalError.broken(f"%{node.name}", operator.mnemonic, "an operator of the int8 graph")


def is_dense(window: Window) -> bool:
    """Whether a 1x1 window visits every pixel once: stride 1, no padding."""
    return window.stride == Size2D(1, 1) and window.padding == Padding()


def _has_one_factor(requantize: Requantize | None) -> bool:
    if requantize is None:
        return False
    pairs = zip(requantize.multiplier.tolist(), requantize.shift.tolist(), strict=True)
    return len(set(pairs)) == 1


def scratch_bytes(kernel: str, node: Node, shape: Shape, core: Core, library: KernelLibrary) -> int:
    """Bytes of work space in the arena. The bundled kernels need none."""
    if library is KernelLibrary.BUNDLED:
        return 0
    return cmsis_nn.scratch_bytes(kernel, node, shape, core)


def may_overwrite(kernel: str, inputs: int) -> tuple[int, ...]:
    """The inputs whose bytes `kernel` may replace by its output."""
    return tuple(range(inputs)) if kernel in _IN_PLACE else ()
