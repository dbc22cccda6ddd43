"""One int8 graph of windows: widths, strides, paddings and channels that kernels for pairs of numbers tell apart."""

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Shape
from tests.emulator.arm_trap_graph import window
from tests.emulator.int8_builder import INPUT
from tests.emulator.vector_graph import PlainBuilder

WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 29)
HEIGHTS = (5, 1, 2, 3, 4, 6, 5, 4, 3, 6, 4)
ROWS = 9
SAME = (1, 1, 1, 1)
POINT = window((1, 1))


def window_graph() -> Graph:
    builder = PlainBuilder("windows", Shape(ROWS, max(WIDTHS), 3), seed=9)
    for builder.is_relu in (True, False):
        for width, height in zip(WIDTHS, HEIGHTS, strict=True):
            crop = window((ROWS + 1 - height, max(WIDTHS) + 1 - width))
            image = builder.max_pool(INPUT, crop)
            _depthwise(builder, builder.conv(image, POINT, 4 + width % 6))
            _convolutions(builder, image)
        _deep_filters(builder)
        _additions(builder)
        _means(builder)
    return builder.graph(output=builder.varied()[-1])


def _depthwise(builder: PlainBuilder, source: str) -> None:
    """Rows in pairs and alone, columns by one, two and three, padding on any side; weights and sums at their limits."""
    for stride in ((1, 1), (2, 2), (1, 2), (2, 1), (3, 3)):
        builder.depthwise(source, window((3, 3), stride, SAME))
    builder.depthwise(source, window((3, 3), (2, 2), (0, 2, 0, 2)), extreme=True)
    builder.depthwise(source, window((3, 3), (1, 1), (2, 2, 2, 2)))
    for _ in range(2):
        builder.depthwise(source, window((3, 3), pad=SAME), extreme=True)


def _convolutions(builder: PlainBuilder, image: str) -> None:
    """Kernel rows that are no multiple of four elements, of one and of three channels, and rows of whole words."""
    column = builder.conv(image, POINT, 1)
    words = builder.conv(image, POINT, 8)
    for stride in ((1, 1), (2, 2)):
        builder.conv(image, window((3, 3), stride, SAME), 9)
        builder.conv(words, window((3, 3), stride, SAME), 5)
    builder.conv(image, window((3, 2), pad=SAME), 6, extreme=True)
    builder.conv(image, window((3, 3), pad=(2, 2, 3, 1), dilation=(2, 1)), 6)
    builder.conv(column, window((4, 4), (2, 2), (2, 2, 2, 2)), 7)
    builder.conv(column, window((3, 2), pad=SAME), 5)
    builder.conv(column, window((3, 5), pad=(1, 1, 2, 2)), 5, extreme=True)
    builder.conv(words, window((2, 3), pad=SAME), 6, extreme=True)


def _deep_filters(builder: PlainBuilder) -> None:
    """Filters that are taken in parts, of more output channels than are kept at once."""
    image = builder.max_pool(INPUT, window((ROWS - 3, 20)))
    for channels, outputs in ((32, 35), (64, 6), (52, 34)):
        wide = builder.conv(image, POINT, channels)
        for stride in ((1, 1), (2, 2)):
            builder.conv(wide, window((3, 3), stride, SAME), outputs)
        builder.conv(wide, window((4, 2), pad=(2, 1, 1, 0)), 7, extreme=True)


def _additions(builder: PlainBuilder) -> None:
    image = builder.max_pool(INPUT, window((ROWS - 2, 20)))
    tensors = [builder.conv(image, POINT, 5) for _ in range(6)]
    for first, second in zip(tensors, [*tensors[1:], tensors[0]], strict=True):
        builder.add(first, second)
        builder.add(first, first)
        builder.add(first, second, extreme=True)


def _means(builder: PlainBuilder) -> None:
    """Sums beyond 16 bits, and channels left over by fours."""
    for channels in (3, 7):
        wide = builder.concat(*[INPUT] * channels)
        builder.mean(wide)
        builder.mean(builder.max_pool(wide, window((2, 2))), extreme=True)
