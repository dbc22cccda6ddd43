"""What each channel of each tensor was seen to be."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.reference.float32 import walk_float

BATCH = 16


class ChannelRange(NamedTuple):
    """Inclusive limits and the mean of every channel, float64 [C]."""

    low: Array
    high: Array
    mean: Array


ChannelRanges = Mapping[str, ChannelRange]


def channel_ranges(graph: Graph, samples: Array) -> dict[str, ChannelRange]:
    """Of every tensor over float32 samples [N >= 1, H, W, C]; one batch is in memory at a time."""
    batches = (walk_float(graph, samples[begin : begin + BATCH]) for begin in range(0, len(samples), BATCH))
    return summarize((item for batch in batches for item in batch), len(samples))


def summarize(tensors: Iterable[tuple[str, Array]], count: int) -> dict[str, ChannelRange]:
    """Ranges of named arrays [N, H, W, C]; a name may come several times, with `count` samples in all."""
    found: dict[str, ChannelRange] = {}
    for name, values in tensors:
        mean = values.mean(axis=(0, 1, 2), dtype=np.float64) * (len(values) / count)
        seen = ChannelRange(values.min(axis=(0, 1, 2)), values.max(axis=(0, 1, 2)), mean)
        found[name] = _merged(found[name], seen) if name in found else seen
    return found


def _merged(a: ChannelRange, b: ChannelRange) -> ChannelRange:
    return ChannelRange(np.minimum(a.low, b.low), np.maximum(a.high, b.high), a.mean + b.mean)
