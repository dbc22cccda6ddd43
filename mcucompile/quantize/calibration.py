"""Ranges from data: run the float graph on samples and watch every tensor."""

import numpy as np

from mcucompile.errors import Problem, UsageError
from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.quantize.ranges import Range
from mcucompile.reference.float32 import walk_float
from mcucompile.reference.walk import Progress

BATCH = 16


def min_max_ranges(graph: Graph, samples: Array, progress: Progress | None = None) -> dict[str, Range]:
    """The smallest and largest value of every tensor over float32 samples [N >= 1, H, W, C].

    Memory is bounded by one batch. Raises UsageError if a tensor is not finite.
    """
    ranges: dict[str, Range] = {}
    for begin in range(0, len(samples), BATCH):
        for name, values in walk_float(graph, samples[begin : begin + BATCH]):
            seen = Range.of(values)
            ranges[name] = _finite(graph, name, ranges[name].union(seen) if name in ranges else seen)
        if progress is not None:
            progress(min(begin + BATCH, len(samples)), len(samples))
    return ranges


def _finite(graph: Graph, name: str, found: Range) -> Range:
    if np.isfinite(found).all():
        return found
    raise UsageError(
        Problem(
            f"{graph.name}, calibration, tensor %{name}",
            f"values in {found}",
            "finite values",
            "check that the calibration inputs are scaled as in training (--mean, --scale)",
        )
    )
