"""One int8 graph whose layers reach every path and tail of the kernels that take many channels at once."""

from collections.abc import Sequence
from typing import Any

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Shape
from tests.emulator.arm_trap_graph import window
from tests.emulator.int8_builder import CLAMPS, INPUT, ZERO_POINTS, Int8Builder

WIDTHS = (4, 7, 8, 15, 16, 17, 32, 37, 48, 64, 70)
SAME = (1, 1, 1, 1)


class PlainBuilder(Int8Builder):
    """Of layers as behind a ReLU, at will. is_relu: outputs have zero point -128 and use all of int8."""

    is_relu = False

    def _any(self, values: Sequence[Any]) -> Any:
        if self.is_relu and values in (ZERO_POINTS, CLAMPS):
            return values[0]
        return super()._any(values)


def vector_graph() -> Graph:
    builder = PlainBuilder("vectors", Shape(5, 6, 8), seed=7)
    for builder.is_relu in (True, False):
        for channels in WIDTHS:
            _layers_of(builder, channels)
        _first_convolutions(builder)
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
