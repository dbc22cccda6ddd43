"""Ranges without data: made-up inputs, and the limits that clamps guarantee."""

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Clamp, Concat
from mcucompile.ir.tensors import Array, Shape
from mcucompile.quantize.calibration import min_max_ranges
from mcucompile.quantize.ranges import Range
from mcucompile.reference.walk import Progress

COUNT = 32
SEED = 1


def synthetic_ranges(graph: Graph, input_range: Range, progress: Progress | None = None) -> dict[str, Range]:
    """Ranges over `synthetic_inputs`; where a clamp has two finite limits (ReLU6), those limits, also behind a concat.

    Raises UsageError if a tensor is not finite.
    """
    ranges = min_max_ranges(graph, synthetic_inputs(graph.input_type.shape, input_range), progress)
    ranges[graph.input] = input_range
    for node in graph:
        clamp = getattr(node.operator, "clamp", Clamp())
        if np.isfinite(clamp).all():
            ranges[node.name] = Range(*clamp)
        if isinstance(node.operator, Concat):
            for name in node.inputs:
                ranges[node.name] = ranges[node.name].union(ranges[name])
    return ranges


def synthetic_inputs(shape: Shape, input_range: Range) -> Array:
    """Float32 [32, H, W, C] that fill `input_range`: half uniform noise, half with the smooth structure of pictures.

    Pictures: random blocks of 1, 2, 4, … elements, an octave's amplitude growing with its block (a 1/f spectrum, as
    natural images have); mostly grey. The same inputs on every machine.
    """
    random = np.random.default_rng(SEED)
    half = COUNT // 2
    noise = random.uniform(size=(half, *shape))
    pictures = np.zeros((COUNT - half, *shape))
    block = 1
    while block < 2 * max(shape.h, shape.w):
        rows, cols = -(-shape.h // block), -(-shape.w // block)
        grey = random.uniform(size=(len(pictures), rows, cols, 1))
        colour = random.uniform(size=(len(pictures), rows, cols, shape.c))
        octave = (grey + colour / 2).repeat(block, axis=1).repeat(block, axis=2)
        pictures += block * octave[:, : shape.h, : shape.w]
        block *= 2
    least, most = (f(pictures, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
    pictures = (pictures - least) / np.maximum(most - least, np.finfo(np.float64).tiny)
    unit = np.concatenate([noise, pictures])
    return (input_range.low + (input_range.high - input_range.low) * unit).astype(np.float32)
