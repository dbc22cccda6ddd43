"""One int8 graph whose layers reach every path and tail of the kernels that take many channels at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Conv2D, Requantize
from mcucompile.ir.tensors import Shape
from tests.emulator.arm_trap_graph import window
from tests.emulator.int8_builder import CLAMPS, INPUT, ZERO_POINTS, Int8Builder

WIDTHS = (4, 7, 8, 15, 16, 17, 32, 37, 48, 64, 70)
TAILS = tuple(range(17, 32))
SAME = (1, 1, 1, 1)


class PlainBuilder(Int8Builder):
    """Of layers as behind a ReLU, at will. is_relu: outputs have zero point -128 and use all of int8."""

    is_relu = False

    def _any(self, values: Sequence[Any]) -> Any:
        if self.is_relu and values in (ZERO_POINTS, CLAMPS):
            return values[0]
        return super()._any(values)

    def conv_with_offset(self, source: str, channels: int) -> str:
        """A 1x1 convolution whose first bias is so large that the input's zero point cannot become part of it."""
        depth = self.types[source].shape.c
        weights = self._weights((channels, 1, 1, depth), extreme=False)
        weights[0] = 1
        bias, factors = self._products(channels, depth, extreme=False)
        bias[0] = 2**31 - 1 - (127 - self.types[source].quantized().zero_point) * depth
        shift = np.concatenate([[-24], factors.shift[1:]]).astype(np.int32)
        factors = Requantize(factors.multiplier, shift)
        return self._add_node(source, Conv2D(window((1, 1)), weights, bias, 1, self._clamp(extreme=False), factors))


def vector_graph() -> Graph:
    builder = PlainBuilder("vectors", Shape(5, 6, 8), seed=7)
    for builder.is_relu in (True, False):
        for channels in WIDTHS:
            _layers_of(builder, channels)
        _first_convolutions(builder)
        _tails(builder)
        _narrow_images(builder)
        _deep_and_wide(builder)
        _large_windows(builder)
    return builder.graph(output=builder.varied()[-1])


def _layers_of(builder: PlainBuilder, channels: int) -> None:
    """Few and many pixels, with and without padding, weights of -128, strides."""
    wide = builder.conv(INPUT, window((1, 1)), channels)
    for stride in ((1, 1), (2, 2)):
        builder.depthwise(wide, window((3, 3), stride, SAME))
    builder.depthwise(wide, window((3, 3)), extreme=True)
    builder.conv(wide, window((1, 1)), 9)
    builder.conv(wide, window((1, 1)), 8, extreme=True)
    builder.conv(wide, window((1, 1), (3, 2)), 6)
    builder.conv(wide, window((3, 3), (2, 1), SAME), 5)


def _first_convolutions(builder: PlainBuilder) -> None:
    """Windows small enough to be copied, of one and of three channels; groups, dilation."""
    for channels in (1, 3):
        image = builder.conv(INPUT, window((1, 1)), channels)
        for stride in ((1, 1), (2, 2)):
            builder.conv(image, window((3, 3), stride, SAME), 8)
            builder.conv(image, window((3, 3), stride), 6)
        builder.conv(image, window((5, 4), pad=(2, 2, 1, 2)), 9)
        builder.conv(image, window((2, 2), pad=SAME, dilation=(2, 2)), 5, extreme=True)
    builder.conv(INPUT, window((3, 3), pad=SAME), 10, groups=2)
    builder.conv(INPUT, window((3, 2), pad=SAME, dilation=(2, 3)), 7)


def _tails(builder: PlainBuilder) -> None:
    """1 to 15 channels behind 16; as many outputs, of many pixels, few and one."""
    for channels in TAILS:
        wide = builder.conv(INPUT, window((1, 1)), channels)
        builder.conv(wide, window((1, 1)), 4 + channels % 5)
        builder.conv(wide, window((1, 1), (2, 3)), channels - 12)
        one = builder.mean(wide)
        builder.fully_connected(one, channels - 13, one_factor=True, extreme=channels % 4 == 0)
        builder.fully_connected(one, 4 + channels % 3, one_factor=False)
        builder.add(wide, wide, extreme=channels % 2 == 0)


def _narrow_images(builder: PlainBuilder) -> None:
    """Windows that reach over both borders, and lie in padding altogether."""
    for kernel in ((5, 6), (5, 5), (5, 4), (5, 3), (3, 6)):
        for channels in (8, 16, 19):
            narrow = builder.depthwise(builder.conv(INPUT, window((1, 1)), channels), window(kernel))
            for pad in (SAME, (2, 2, 2, 2), (0, 2, 1, 1)):
                builder.depthwise(narrow, window((3, 3), pad=pad))
            builder.depthwise(narrow, window((3, 3), (2, 3), (3, 3, 4, 4)), extreme=True)


def _deep_and_wide(builder: PlainBuilder) -> None:
    """Three pixels at a time and what is left of them, more than 64 output channels, windows too large to copy."""
    wide = builder.conv(INPUT, window((1, 1)), 112)
    for channels in (4, 5, 67, 130):
        builder.conv(wide, window((1, 1)), channels)
        builder.conv(wide, window((1, 1), (3, 2)), channels)
        builder.conv_with_offset(wide, channels)
        builder.conv(INPUT, window((3, 3), pad=SAME), channels)
        builder.conv_with_offset(INPUT, channels)
    builder.conv(wide, window((3, 3), pad=SAME), 6)
    builder.conv(builder.conv(INPUT, window((1, 1)), 48), window((3, 3), pad=SAME), 7)


def _large_windows(builder: PlainBuilder) -> None:
    """Depthwise kernels of other sizes than 3x3, with dilation, up to more columns than fit; means of windows."""
    for channels in (15, 16, 19, 40):
        wide = builder.conv(INPUT, window((1, 1)), channels)
        for stride in ((1, 1), (2, 2)):
            builder.depthwise(wide, window((5, 5), stride, (2, 2, 2, 2)), extreme=stride == (2, 2))
        builder.depthwise(wide, window((5, 5)))
        builder.depthwise(wide, window((2, 3), (1, 2), (1, 0, 3, 1)))
        builder.depthwise(wide, window((3, 3), pad=(2, 2, 2, 2), dilation=(2, 2)))
        builder.depthwise(wide, window((3, 2), (2, 1), (4, 4, 3, 3), (3, 2)))
        builder.depthwise(wide, window((7, 7), pad=(3, 3, 3, 3)))
        builder.depthwise(wide, window((1, 8), pad=(0, 0, 3, 2)))
        builder.average_pool(wide, window((5, 6)))
        builder.average_pool(wide, window((3, 2), (2, 1), SAME), extreme=True)
        builder.average_pool(wide, window((1, 1), (2, 2)))
