"""Random int8 graphs: odd sizes and channel counts, every kind of window, constants at their limits."""

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Padding, Size2D, Window
from mcucompile.ir.tensors import Shape
from tests.emulator.int8_builder import INPUT, Int8Builder

CHANNELS = (1, 3, 5, 7, 9, 13)
CONV_KERNELS = ((1, 1), (1, 1), (3, 3), (3, 3), (1, 3), (3, 1), (2, 2), (5, 4))
DEPTHWISE_KERNELS = ((3, 3), (3, 3), (3, 3), (5, 5), (2, 3), (1, 1))
KINDS = ("conv",) * 8 + ("depthwise",) * 8 + ("fully_connected",) * 2 + ("add",) * 2
KINDS += ("average_pool", "mean") * 2 + ("softmax", "lookup", "max_pool", "mul", "scale channels", "concat")
LARGEST_TENSOR = 700
REACH = 12


def random_graph(seed: int, layers: int) -> Graph:
    """`layers` nodes, each reading one of the latest tensors that vary with the input; the last of these goes out."""
    rng = np.random.default_rng(seed)
    builder = Int8Builder("random", Shape(11, 9, 5), seed, zero_point=int(rng.choice([-128, 127, 0])))
    while len(builder.nodes) < layers:
        source = str(rng.choice(builder.varied()[-REACH:]))
        _grow(builder, rng, source, str(rng.choice(KINDS)), extreme=bool(rng.random() < 0.3))
    return builder.graph(output=builder.varied()[-1])


def _grow(builder: Int8Builder, rng: np.random.Generator, source: str, kind: str, extreme: bool) -> None:
    shape = builder.types[source].shape
    match kind:
        case "conv":
            groups = int(rng.choice([g for g in (1, 3, 5) if shape.c % g == 0]))
            channels = groups * int(rng.choice([2, 3])) if groups > 1 else int(rng.choice(CHANNELS))
            window = _window(rng, shape, CONV_KERNELS, channels)
            if window is not None:
                builder.conv(source, window, channels, groups, extreme)
        case "depthwise":
            multiplier = int(rng.choice([1, 1, 1, 2, 3]))
            window = _window(rng, shape, DEPTHWISE_KERNELS, shape.c * multiplier)
            if window is not None:
                builder.depthwise(source, window, multiplier, extreme)
        case "fully_connected":
            builder.fully_connected(source, int(rng.choice([*CHANNELS, 16])), bool(rng.random() < 0.5), extreme)
        case "add":
            partners = [name for name in builder.varied() if builder.types[name].shape == shape]
            builder.add(source, str(rng.choice(partners)), extreme)
        case "mul":
            partners = [name for name in builder.varied() if builder.types[name].shape == shape]
            builder.mul(source, str(rng.choice(partners)), extreme)
        case "scale channels":
            mean = builder.average_pool(source, Window(Size2D(shape.h, shape.w)))
            builder.mul(source, builder.lookup(mean), extreme)
        case "concat":
            if shape.elements * 2 <= LARGEST_TENSOR:
                builder.concat(source, *_partners(builder, rng, source))
        case "max_pool":
            builder.max_pool(source, _pool_window(rng, shape), extreme)
        case "average_pool":
            builder.average_pool(source, _pool_window(rng, shape), extreme)
        case "mean":
            builder.mean(source, extreme)
        case "softmax":
            builder.softmax(source)
        case "lookup":
            if source != INPUT:
                builder.lookup(source)


def _partners(builder: Int8Builder, rng: np.random.Generator, source: str) -> list[str]:
    """One to three tensors that a concat may join to `source`."""
    own = builder.types[source]
    fits = [
        name
        for name, other in builder.types.items()
        if (other.shape.h, other.shape.w, other.quantization) == (own.shape.h, own.shape.w, own.quantization)
        and other.shape.elements <= own.shape.elements
    ]
    return [str(name) for name in rng.choice(fits, int(rng.integers(1, 4)))]


def _window(
    rng: np.random.Generator, shape: Shape, kernels: tuple[tuple[int, int], ...], channels: int
) -> Window | None:
    """Any stride, dilation and padding, also beyond the kernel; None if the output would be empty or large."""
    kernel = kernels[int(rng.integers(len(kernels)))]
    stride = rng.choice([1, 1, 2, 3], 2)
    dilation = rng.choice([1, 1, 1, 2, 3], 2)
    padding = rng.choice([0, 0, 1, 1, 2, 3], 4) if rng.random() < 0.8 else np.zeros(4, np.int64)
    window = Window(
        Size2D(*kernel), Size2D(*map(int, stride)), Padding(*map(int, padding)), Size2D(*map(int, dilation))
    )
    size = window.output_size(Size2D(shape.h, shape.w))
    fits = min(size) >= 1 and size.h * size.w * channels <= LARGEST_TENSOR
    return window if fits else None


def _pool_window(rng: np.random.Generator, shape: Shape) -> Window:
    """Every window holds an input element."""
    kernel = Size2D(*(int(rng.integers(1, min(size, 5) + 1)) for size in (shape.h, shape.w)))
    vertical, horizontal = (rng.integers(0, size, 2) for size in kernel)
    padding = Padding(*map(int, vertical), *map(int, horizontal))
    return Window(kernel, Size2D(*map(int, rng.choice([1, 2, 3], 2))), padding)
