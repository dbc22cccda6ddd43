"""One int8 graph whose layers reach every path and tail of the kernels for cores without DSP instructions."""

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Requantize
from mcucompile.ir.tensors import Array, Shape
from tests.emulator.arm_trap_graph import window
from tests.emulator.int8_builder import INPUT, Int8Builder

PIXELS = ((5, 6), (5, 5), (5, 4), (5, 3), (5, 2), (4, 4), (4, 5), (3, 4), (1, 1))
"""Pooling windows over 5x6 that leave 1, 2, 3, 4, 5, 6, 4, 9 and 30 pixels."""

PAIRS_OF_CHANNELS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 17, 64, 65)
DEEP = (128, 129, 130, 255, 256, 257)
LOWEST = -31


class _Builder(Int8Builder):
    """sweeps: the channels of a layer have all shifts that its sums allow, and the factor 0."""

    sweeps = False

    def _products(self, channels: int, products: int, extreme: bool) -> tuple[Array, Requantize]:
        if not self.sweeps:
            return super()._products(channels, products, extreme)
        highest = 31 - (products * 255 * 128 + 1000).bit_length()
        shift = np.arange(channels) % (highest - LOWEST + 2) + LOWEST
        multiplier = self.rng.choice([2**30, 2**30 + 1, 2**31 - 1, 1518500250], channels)
        multiplier[shift > highest] = 0
        shift[shift > highest] = 0
        bias = self.rng.integers(-1000, 1000, channels).astype(np.int32)
        return bias, Requantize(multiplier.astype(np.int32), shift.astype(np.int32))


def packed_graph() -> Graph:
    builder = _Builder("packed", Shape(5, 6, 8), seed=17)
    _pixels(builder)
    _channels(builder)
    _columns(builder)
    _windows(builder)
    _parts(builder)
    _vectors(builder)
    return builder.graph(output=builder.varied()[-1])


def _pixels(builder: _Builder) -> None:
    """Every number of pixels modulo 4, weights and inputs of -128 together, and every shift."""
    for kernel in PIXELS:
        image = builder.max_pool(INPUT, window(kernel))
        builder.conv(image, window((1, 1)), 5)
        for _ in range(3):
            builder.conv(image, window((1, 1)), 4, extreme=True)
        builder.sweeps = True
        builder.conv(image, window((1, 1)), 50)
        builder.sweeps = False
    builder.conv(INPUT, window((1, 1), (2, 2)), 3)


def _channels(builder: _Builder) -> None:
    """Every number of turns and an odd channel; too many channels for four pixels, and for two."""
    for kernel in ((5, 3), (5, 5)):
        image = builder.max_pool(INPUT, window(kernel))
        for channels in PAIRS_OF_CHANNELS:
            builder.conv(builder.conv(image, window((1, 1)), channels), window((1, 1)), 3)
    image = builder.max_pool(INPUT, window((5, 2)))
    for channels in DEEP:
        deep = builder.conv(image, window((1, 1)), channels)
        builder.conv(deep, window((1, 1)), 3)
        builder.conv(deep, window((1, 1)), 2, extreme=True)


def _columns(builder: _Builder) -> None:
    """Depthwise rows of one to six columns, with and without padding, and those that are left to portable code."""
    for kernel in ((1, 1), (5, 1), (3, 6), (2, 5), (1, 4), (4, 3), (1, 2)):
        image = builder.max_pool(INPUT, window(kernel))
        height, width = builder.types[image].shape.h, builder.types[image].shape.w
        for stride in ((1, 1), (2, 2), (1, 2), (2, 1), (3, 3)):
            for pad in ((0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 0, 1), (1, 0, 1, 0), (2, 2, 2, 2), (2, 1, 0, 1)):
                if height + pad[0] + pad[1] >= 3 and width + pad[2] + pad[3] >= 3:
                    builder.depthwise(image, window((3, 3), stride, pad), extreme=bool(builder.rng.integers(2)))
    wide = builder.conv(INPUT, window((1, 1)), 50)
    builder.sweeps = True
    for stride in ((1, 1), (2, 2)):
        builder.depthwise(wide, window((3, 3), stride, (1, 1, 1, 1)))
        builder.depthwise(wide, window((3, 3), stride))
    builder.sweeps = False


def _windows(builder: _Builder) -> None:
    """Filters of few and many weights, more outputs than have their offset prepared at once, padding on all sides."""
    for channels in (1, 2, 3, 14, 15):
        image = builder.conv(INPUT, window((1, 1)), channels)
        for stride in ((1, 1), (2, 2)):
            builder.conv(image, window((3, 3), stride, (1, 1, 1, 1)), 6)
            builder.conv(image, window((3, 3), stride), 4, extreme=True)
        builder.conv(image, window((2, 3), pad=(1, 3, 2, 3)), 66)
        builder.conv(image, window((2, 2), pad=(1, 1, 1, 1), dilation=(2, 1)), 5)


def _parts(builder: _Builder) -> None:
    """Filters that are taken in parts: of one element left over, of taps in padding, of more outputs than are held."""
    for channels, outputs in ((16, 17), (17, 3), (32, 16), (65, 5), (13, 33)):
        image = builder.conv(INPUT, window((1, 1)), channels)
        for stride in ((1, 1), (2, 2)):
            builder.conv(image, window((3, 3), stride, (1, 1, 1, 1)), outputs)
            builder.conv(image, window((3, 3), stride, (0, 2, 2, 1)), 3, extreme=True)
        builder.conv(image, window((5, 5), pad=(4, 3, 2, 4)), outputs)
        builder.conv(image, window((3, 5), pad=(2, 2, 2, 2), dilation=(2, 1)), 4)
        builder.conv(image, window((5, 3)), 5, extreme=True)
    deep = builder.conv(builder.max_pool(INPUT, window((4, 4))), window((1, 1)), 300)
    builder.conv(deep, window((1, 1)), 20)
    builder.conv(deep, window((1, 1)), 2, extreme=True)
    builder.conv(deep, window((2, 2), pad=(1, 1, 0, 1)), 3)
    builder.sweeps = True
    builder.conv(builder.conv(INPUT, window((1, 1)), 16), window((3, 3), pad=(1, 1, 1, 1)), 50)
    builder.sweeps = False


def _vectors(builder: _Builder) -> None:
    """Every length modulo 4, and outputs that are no multiple of four, with one factor and with one for each."""
    for kernel in ((5, 6), (5, 5), (4, 6), (3, 4), (2, 3)):
        image = builder.max_pool(INPUT, window(kernel))
        for channels in (1, 2, 3, 5, 8):
            vector = builder.conv(image, window((1, 1)), channels)
            for outputs in (1, 3, 4, 6, 9):
                builder.fully_connected(vector, outputs, one_factor=True)
            builder.fully_connected(vector, 7, one_factor=True, extreme=True)
            builder.fully_connected(vector, 5, one_factor=False, extreme=True)
    point = builder.max_pool(INPUT, window((5, 6)))
    builder.sweeps = True
    builder.conv(point, window((1, 1)), 50)
    builder.sweeps = False
