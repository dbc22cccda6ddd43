"""One int8 graph of vectors, pools and depthwise kernels of any size but 3x3, in every remainder that kernels meet."""

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Shape
from tests.emulator.arm_trap_graph import window
from tests.emulator.int8_builder import INPUT
from tests.emulator.vector_graph import PlainBuilder

KERNELS = ((5, 5), (1, 5), (5, 1), (2, 2), (3, 5), (7, 7), (4, 6), (9, 11))
SIZES = ((7, 7), (1, 9), (5, 4), (12, 13), (3, 17))
DEPTHS = (1, 2, 3, 4, 5, 7, 8, 12, 19, 64)
POINT = window((1, 1))


def taps_graph() -> Graph:
    builder = PlainBuilder("taps", Shape(12, 17, 3), seed=5)
    for builder.is_relu in (True, False):
        for size, (height, width) in enumerate(SIZES):
            image = builder.max_pool(INPUT, window((13 - height, 18 - width)))
            _depthwise(builder, builder.conv(image, POINT, 4 + size))
            _pools(builder, builder.conv(image, POINT, 3 + size))
        _vectors(builder)
    _large_pools(builder)
    return builder.graph(output=builder.varied()[-1])


def _depthwise(builder: PlainBuilder, source: str) -> None:
    shape = builder.types[source].shape
    for number, (height, width) in enumerate(KERNELS):
        same = (height // 2, (height - 1) // 2, width // 2, (width - 1) // 2)
        for stride in ((1, 1), (2, 2)):
            builder.depthwise(source, window((height, width), stride, same), extreme=number % 3 == 1)
        if height <= shape.h and width <= shape.w:
            builder.depthwise(source, window((height, width)))
    builder.depthwise(source, window((5, 5), (1, 2), (5, 3, 4, 5)))
    builder.depthwise(source, window((5, 5), (2, 1), (0, 4, 1, 4)), extreme=True)
    builder.depthwise(source, window((5, 3), (3, 4), (2, 2, 1, 1)))
    builder.depthwise(source, window((2, 3), pad=(1, 1, 2, 2), dilation=(2, 2)))
    builder.depthwise(source, window((5, 5), pad=(2, 2, 2, 2)), multiplier=2)


def _pools(builder: PlainBuilder, source: str) -> None:
    shape = builder.types[source].shape
    builder.average_pool(source, window((shape.h, shape.w)))
    builder.average_pool(source, window((3, 3), (2, 2), (1, 1, 1, 1)), extreme=True)
    if shape.h > 1:
        builder.average_pool(source, window((2, 3), pad=(1, 0, 1, 2)))


def _vectors(builder: PlainBuilder) -> None:
    """One pixel, and pixels that are too deep for passes."""
    point = builder.max_pool(INPUT, window((12, 17)))
    for outputs, depth in enumerate(DEPTHS):
        vector = builder.conv(point, POINT, depth)
        builder.fully_connected(vector, 1 + outputs, one_factor=True, extreme=outputs % 3 == 0)
        builder.fully_connected(vector, 8 - outputs % 8, one_factor=False)
        builder.fully_connected(vector, 8 - outputs % 8, one_factor=False, extreme=True)
    row = builder.max_pool(INPUT, window((12, 15)))
    for depth in (3, 450):
        builder.conv(builder.conv(row, POINT, depth), POINT, 5)


def _large_pools(builder: PlainBuilder) -> None:
    """Sums of more than 256 elements: high ones, low ones, of windows with few and with many rows."""
    builder.is_relu = False
    wide = builder.concat(INPUT, INPUT)
    tall = builder.depthwise(wide, window((1, 1), pad=(9, 9, 13, 13)), extreme=True)
    for kernel in ((30, 40), (7, 43), (25, 11), (8, 32)):
        builder.average_pool(tall, window(kernel))
        builder.average_pool(tall, window(kernel, (9, 9), (1, 2, 3, 2)), extreme=True)
