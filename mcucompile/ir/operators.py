"""The operators of the IR: what a node does, with its constants.

One class serves both graphs. Float graph: float32 weights and bias, `requantize` None, clamp in real units.
Int8 graph: int8 weights, int32 bias, a `Requantize`, clamp in quantized units. Which one holds is checked by
`ir/verify.py`; what an operator computes is said by `reference/`.

weight_scales [O], float graph only: the weights came from a quantized ONNX file and are integers times these scales.
"""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np

from mcucompile.ir.functions import Function
from mcucompile.ir.tensors import Array, ArrayFields, Quantization


class Size2D(NamedTuple):
    """A vertical and a horizontal extent, in elements."""

    h: int
    w: int

    def __str__(self) -> str:
        return f"{self.h}x{self.w}"


class Padding(NamedTuple):
    """Elements added on each side; they hold real 0.0 (the zero point)."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    def __str__(self) -> str:
        return f"{self.top},{self.bottom},{self.left},{self.right}"


@dataclass(frozen=True)
class Window:
    """A sliding window: kernel size, stride, padding, dilation."""

    kernel: Size2D
    stride: Size2D = Size2D(1, 1)
    padding: Padding = Padding()
    dilation: Size2D = Size2D(1, 1)

    @property
    def extent(self) -> Size2D:
        """The kernel's size with its dilation gaps: (k - 1) · d + 1."""
        return Size2D((self.kernel.h - 1) * self.dilation.h + 1, (self.kernel.w - 1) * self.dilation.w + 1)

    def output_size(self, size: Size2D) -> Size2D:
        """Height and width after sliding over an input of `size`: floor((in + pads - extent) / stride) + 1."""
        pad, extent = self.padding, self.extent
        return Size2D(
            (size.h + pad.top + pad.bottom - extent.h) // self.stride.h + 1,
            (size.w + pad.left + pad.right - extent.w) // self.stride.w + 1,
        )

    def covers(self, size: Size2D) -> bool:
        """Whether the kernel lies once, and wholly, on an input of `size`, as in a global pool."""
        return self.kernel == size and self.padding == Padding() and self.dilation == (1, 1)

    def __str__(self) -> str:
        text = f"kernel={self.kernel} stride={self.stride} pad={self.padding}"
        return text if self.dilation == (1, 1) else f"{text} dilation={self.dilation}"


class Clamp(NamedTuple):
    """Inclusive limits of a result: real numbers in the float graph, int8 values in the int8 graph."""

    low: float = -np.inf
    high: float = np.inf

    def __str__(self) -> str:
        return f"[{self.low:g}, {self.high:g}]"


NO_CLAMP = Clamp()

SOFTMAX_OUTPUT = Quantization(1 / 256, -128)
"""What the int8 softmax kernel writes."""


@dataclass(frozen=True, eq=False)
class Requantize(ArrayFields):
    """A fixed-point factor per channel (or a single one): multiplier in [2^30, 2^31), shift to the left if positive."""

    multiplier: Array
    shift: Array


@dataclass(frozen=True, eq=False)
class Operator(ArrayFields):
    """Base of all operators; `mnemonic` is the operator's name in the text notation.

    arity: how many inputs it takes, None for two or more.
    """

    mnemonic: ClassVar[str]
    arity: ClassVar[int | None] = 1


@dataclass(frozen=True, eq=False)
class Conv2D(Operator):
    """Convolution. weights [O, kh, kw, I/groups], bias [O]."""

    mnemonic = "conv2d"
    window: Window
    weights: Array
    bias: Array
    groups: int = 1
    clamp: Clamp = NO_CLAMP
    requantize: Requantize | None = None
    weight_scales: Array | None = None

    @property
    def is_pointwise(self) -> bool:
        return self.window.kernel == (1, 1) and self.groups == 1


@dataclass(frozen=True, eq=False)
class DepthwiseConv2D(Operator):
    """Depthwise convolution. weights [kh, kw, C·M], bias [C·M]; output channel c·M + m reads input channel c."""

    mnemonic = "depthwise_conv2d"
    window: Window
    weights: Array
    bias: Array
    clamp: Clamp = NO_CLAMP
    requantize: Requantize | None = None
    weight_scales: Array | None = None


@dataclass(frozen=True, eq=False)
class FullyConnected(Operator):
    """Matrix times the input flattened in H, W, C order. weights [O, H·W·C], bias [O]."""

    mnemonic = "fully_connected"
    weights: Array
    bias: Array
    clamp: Clamp = NO_CLAMP
    requantize: Requantize | None = None
    weight_scales: Array | None = None


@dataclass(frozen=True, eq=False)
class AddRequantize(ArrayFields):
    """Factors of the int8 addition: each input, shifted left by 20, times its factor; the sum times the output's."""

    inputs: Requantize
    output: Requantize


@dataclass(frozen=True, eq=False)
class Add(Operator):
    """Sum of two activations of one shape."""

    mnemonic = "add"
    arity = 2
    clamp: Clamp = NO_CLAMP
    requantize: AddRequantize | None = None


@dataclass(frozen=True, eq=False)
class Mul(Operator):
    """Product of two activations of one shape; or the second is 1x1xC, one factor for each channel of the first."""

    mnemonic = "mul"
    arity = 2
    clamp: Clamp = NO_CLAMP
    requantize: Requantize | None = None


@dataclass(frozen=True, eq=False)
class Concat(Operator):
    """The channels of two or more activations, one after the other. Int8: all share one quantization."""

    mnemonic = "concat"
    arity = None


@dataclass(frozen=True, eq=False)
class AveragePool(Operator):
    """Mean over the window, padding not counted. Int8: input and output share one quantization; see Mean."""

    mnemonic = "average_pool"
    window: Window
    clamp: Clamp = NO_CLAMP


@dataclass(frozen=True, eq=False)
class Mean(Operator):
    """Mean of each channel over all pixels, in a scale of its own. Int8 graph only: a global AveragePool.

    requantize: one factor, that of the sum of input minus zero point.
    """

    mnemonic = "mean"
    clamp: Clamp = NO_CLAMP
    requantize: Requantize | None = None


@dataclass(frozen=True, eq=False)
class MaxPool(Operator):
    """Largest element of the window, padding not counted. Int8: input and output share one quantization."""

    mnemonic = "max_pool"
    window: Window
    clamp: Clamp = NO_CLAMP


@dataclass(frozen=True, eq=False)
class Softmax(Operator):
    """Softmax over the channels. Int8 output: SOFTMAX_OUTPUT.

    Int8 constants (gemmlowp): `multiplier` and `shift` scale input differences, those below `diff_min` count as 0.
    """

    mnemonic = "softmax"
    multiplier: int = 0
    shift: int = 0
    diff_min: int = 0


@dataclass(frozen=True, eq=False)
class ChannelAffine(Operator):
    """x · scale[c] + offset[c]: batch normalization or arithmetic with constants. Float graph only."""

    mnemonic = "channel_affine"
    scale: Array
    offset: Array


@dataclass(frozen=True, eq=False)
class Elementwise(Operator):
    """A function of every element. Float graph only; the int8 graph has a Lookup in its place."""

    mnemonic = "elementwise"
    function: Function


@dataclass(frozen=True, eq=False)
class Clip(Operator):
    """Clamp as a node of its own: Relu, ReLU6, Clip. Float graph only.

    Without limits, its tensor's `given` quantization says that it rounds to that: ONNX's QuantizeLinear.
    """

    mnemonic = "clip"
    clamp: Clamp = field(default=NO_CLAMP)


@dataclass(frozen=True, eq=False)
class Pad(Operator):
    """Zero padding as a node of its own. Float graph only."""

    mnemonic = "pad"
    padding: Padding


@dataclass(frozen=True, eq=False)
class Lookup(Operator):
    """Element-wise table: y = table[x + 128], table int8 [256]. Int8 graph only."""

    mnemonic = "lookup"
    table: Array
