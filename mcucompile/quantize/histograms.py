"""Histograms of every tensor over samples, one batch in memory at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.quantize.ranges import Range
from mcucompile.reference.float32 import walk_float
from mcucompile.reference.walk import Progress

BINS = 2048
BATCH = 16


@dataclass(frozen=True, eq=False)
class Histogram:
    """counts int64 [BINS]: how many values fall into each of the equal parts of `range`.

    Zeros are left out: every quantization says them exactly, and behind a ReLU they are most of the values.
    """

    range: Range
    counts: Array

    @property
    def edges(self) -> Array:
        """float64 [BINS + 1]."""
        return np.linspace(*self.range, BINS + 1)

    @property
    def centers(self) -> Array:
        """float64 [BINS]: the middle of each bin."""
        edges = self.edges
        result: Array = (edges[:-1] + edges[1:]) / 2
        return result


def collect_histograms(
    graph: Graph, samples: Array, ranges: Mapping[str, Range], progress: Progress | None = None
) -> dict[str, Histogram]:
    """One of every tensor over float32 samples [N >= 1, H, W, C], whose smallest and largest values are `ranges`."""
    counts = {name: np.zeros(BINS, np.int64) for name in graph.types}
    for begin in range(0, len(samples), BATCH):
        for name, values in walk_float(graph, samples[begin : begin + BATCH]):
            counts[name] += count(values, ranges[name])
        if progress is not None:
            progress(min(begin + BATCH, len(samples)), len(samples))
    return {name: Histogram(ranges[name], counts[name]) for name in graph.types}


def count(values: Array, found: Range) -> Array:
    """int64 [BINS] of the values other than 0; all of them lie in `found`."""
    width = (found.high - found.low) / BINS
    if width == 0:
        return np.zeros(BINS, np.int64)
    present = values[values != 0]
    position = np.clip((present.astype(np.float64) - found.low) / width, 0, BINS - 1).astype(np.int64)
    return np.bincount(position, minlength=BINS)
