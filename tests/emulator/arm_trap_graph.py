"""One int8 graph with every layer that some version or core of Arm's CMSIS-NN is known to compute wrongly."""

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Padding, Size2D, Window
from mcucompile.ir.tensors import Shape
from tests.emulator.int8_builder import INPUT, Int8Builder


def window(
    kernel: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    pad: tuple[int, int, int, int] = (0, 0, 0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> Window:
    """pad: top, bottom, left, right."""
    return Window(Size2D(*kernel), Size2D(*stride), Padding(*pad), Size2D(*dilation))


def arm_trap_graph() -> Graph:
    """Each trap with neighbours on the safe side of it."""
    builder = Int8Builder("traps", Shape(6, 7, 4), seed=3)
    _depthwise_3x3_padded_right(builder)
    _depthwise_windows_outside_the_input(builder)
    _pointwise_padded_behind(builder)
    _one_row(builder)
    _one_input_channel(builder)
    _many_channels(builder)
    return builder.graph(output=builder.varied()[-1])


def _depthwise_3x3_padded_right(builder: Int8Builder) -> None:
    """Without MVE, the middle column of 3x3 is read unchecked: wrong if the last window starts in the last column."""
    for pad in ((1, 1, 1, 2), (0, 0, 0, 2), (1, 3, 0, 2), (1, 1, 1, 1), (1, 1, 0, 3), (0, 1, 0, 1)):
        for stride in ((1, 1), (2, 2), (1, 3)):
            builder.depthwise(INPUT, window((3, 3), stride, pad))
    column = builder.conv(INPUT, window((1, 7)), 5)
    builder.depthwise(column, window((3, 3), pad=(1, 1, 0, 2)))
    builder.depthwise(column, window((3, 3), pad=(1, 1, 1, 1)))


def _depthwise_windows_outside_the_input(builder: Int8Builder) -> None:
    """With DSP instructions, windows wholly above or below the input overrun the scratch."""
    for pad in ((3, 0, 0, 0), (4, 4, 0, 0), (0, 3, 1, 1), (2, 2, 2, 2)):
        builder.depthwise(INPUT, window((2, 2), pad=pad))
        builder.depthwise(INPUT, window((2, 3), (2, 1), pad))


def _pointwise_padded_behind(builder: Int8Builder) -> None:
    """The wrapper looks at the top and left padding of a 1x1 kernel alone."""
    for pad in ((0, 1, 0, 0), (0, 0, 0, 1), (0, 2, 0, 3), (1, 0, 0, 0)):
        for stride in ((1, 1), (2, 2)):
            builder.conv(INPUT, window((1, 1), stride, pad), 3)
    builder.conv(INPUT, window((1, 1), (2, 3)), 5)
    builder.conv(INPUT, window((1, 1), pad=(0, 1, 0, 1)), 4, groups=2)


def _one_row(builder: Int8Builder) -> None:
    """On MVE, inputs of one row take a path of their own that guesses the right padding."""
    row = builder.conv(INPUT, window((6, 1)), 4)
    for pad in ((0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 2, 2), (0, 0, 2, 0), (0, 0, 1, 0), (0, 0, 0, 2), (1, 1, 1, 1)):
        for kernel, stride in (((1, 3), (1, 1)), ((1, 3), (1, 2)), ((1, 5), (1, 2)), ((1, 2), (2, 1))):
            builder.conv(row, window(kernel, stride, pad), 3)
    builder.conv(row, window((1, 3), pad=(0, 0, 2, 2), dilation=(1, 2)), 3)
    builder.conv(row, window((1, 3), pad=(0, 0, 1, 1)), 4, groups=2)
    odd = builder.conv(INPUT, window((6, 1)), 3)
    builder.conv(odd, window((1, 3), (1, 2), (0, 0, 1, 0)), 3)
    short = builder.conv(row, window((1, 6)), 4)
    builder.conv(short, window((1, 5), pad=(0, 0, 2, 2)), 7)


def _one_input_channel(builder: Int8Builder) -> None:
    """On MVE, a depthwise convolution of one channel becomes a convolution with scratch of its own."""
    grey = builder.conv(INPUT, window((1, 1)), 1)
    line = builder.conv(INPUT, window((6, 1)), 1)
    for multiplier in (1, 2, 7, 9):
        builder.depthwise(grey, window((3, 3), pad=(1, 1, 1, 1)), multiplier)
        builder.depthwise(grey, window((3, 3), (2, 2), (0, 1, 0, 2)), multiplier)
        builder.depthwise(line, window((1, 3), (1, 4), (0, 0, 1, 0)), multiplier)


def _many_channels(builder: Int8Builder) -> None:
    """MVE gathers 124 channels at once; a row of 130 takes two rounds."""
    wide = builder.conv(INPUT, window((5, 6)), 130)
    builder.depthwise(wide, window((2, 2), pad=(1, 0, 0, 1)))
    builder.depthwise(wide, window((3, 3), pad=(1, 1, 1, 1)), extreme=True)
    builder.fully_connected(wide, 6, one_factor=False)
    builder.average_pool(wide, window((2, 2)))
