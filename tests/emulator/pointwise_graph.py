"""One int8 graph of 1x1 convolutions: every number of pixels and of channels that kernels tell apart."""

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Shape
from tests.emulator.arm_trap_graph import window
from tests.emulator.int8_builder import INPUT
from tests.emulator.vector_graph import PlainBuilder

PIXELS = range(1, 14)
CHANNELS = (4, 5, 6, 7, 8, 33, 36, 37, 64, 68, 101, 130, 262)
POINT = window((1, 1))


def pointwise_graph() -> Graph:
    builder = PlainBuilder("pointwise", Shape(1, PIXELS[-1], 1), seed=5)
    for builder.is_relu in (True, False):
        for pixels, channels in zip(PIXELS, CHANNELS[:: 1 if builder.is_relu else -1], strict=True):
            row = builder.max_pool(INPUT, window((1, PIXELS[-1] + 1 - pixels)))
            _layers_of(builder, builder.conv(row, POINT, channels))
            _layers_of(builder, builder.concat(*[row] * channels))
    return builder.graph(output=builder.varied()[-1])


def _layers_of(builder: PlainBuilder, source: str) -> None:
    """Usual factors; weights of -128 and 127 with factors of any size; factors around 1; many outputs."""
    builder.conv(source, POINT, 9)
    for channels in (8, 5, 7):
        builder.conv(source, POINT, channels, extreme=True)
    if builder.types[source].shape.c < 40:
        builder.conv_of_signs(source, 12)
        builder.conv(source, POINT, 90)
