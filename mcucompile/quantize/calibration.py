"""Ranges from data: run the float graph on samples and watch every tensor."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from mcucompile.errors import Problem, UsageError
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import NO_CLAMP, Elementwise, Operator, Softmax
from mcucompile.ir.tensors import Array
from mcucompile.quantize.clipping import entropy_range, mse_range, percentile_range
from mcucompile.quantize.histograms import Histogram, collect_histograms
from mcucompile.quantize.ranges import Range
from mcucompile.reference.float32 import walk_float
from mcucompile.reference.walk import Progress

BATCH = 16
HEADROOM = 1.1
"""Mean squared error: limits this much further out, because other inputs reach further than the samples."""


class CalibrationMethod(StrEnum):
    """How ranges follow from the values that the calibration samples give."""

    MIN_MAX = "min-max"
    PERCENTILE = "percentile"
    ENTROPY = "entropy"
    MSE = "mse"


_CLIPPING: dict[CalibrationMethod, Callable[[Histogram], Range]] = {
    CalibrationMethod.PERCENTILE: percentile_range,
    CalibrationMethod.ENTROPY: entropy_range,
    CalibrationMethod.MSE: mse_range,
}


def calibrate(
    graph: Graph, samples: Array, method: CalibrationMethod, progress: Progress | None = None
) -> dict[str, Range]:
    """The range of every tensor over float32 samples [N >= 1, H, W, C]; all methods but min-max run them twice.

    Memory is bounded by one batch and a histogram for each tensor. Raises UsageError if a tensor is not finite.
    """
    if method == CalibrationMethod.MIN_MAX:
        return min_max_ranges(graph, samples, progress)
    widest = min_max_ranges(graph, samples, _part(progress, 0))
    histograms = collect_histograms(graph, samples, widest, _part(progress, 1))
    ranges = {name: _CLIPPING[method](histogram) for name, histogram in histograms.items()}
    return _with_headroom(graph, ranges) if method == CalibrationMethod.MSE else ranges


def _with_headroom(graph: Graph, ranges: dict[str, Range]) -> dict[str, Range]:
    """Room for inputs that reach further than the samples, where no clamp limits them anyway."""
    wider = {name: Range(*(HEADROOM * limit for limit in found.with_zero())) for name, found in ranges.items()}
    for node in graph:
        low, high = _limits(node.operator)
        wider[node.name] = Range(max(wider[node.name].low, low), min(wider[node.name].high, high))
    return {**wider, graph.input: ranges[graph.input]}


def _limits(operator: Operator) -> tuple[float, float]:
    """Between which numbers every result of `operator` lies."""
    match operator:
        case Elementwise(function=function):
            return function.low, function.high
        case Softmax():
            return 0.0, 1.0
        case _:
            low, high = getattr(operator, "clamp", NO_CLAMP)
            return low, high


def _part(progress: Progress | None, index: int) -> Progress | None:
    """Progress of the first or the second of two runs over the samples."""
    return None if progress is None else lambda done, total: progress(index * total + done, 2 * total)


def min_max_ranges(graph: Graph, samples: Array, progress: Progress | None = None) -> dict[str, Range]:
    """The smallest and largest value of every tensor over float32 samples [N >= 1, H, W, C].

    Memory is bounded by one batch. Raises UsageError if a tensor is not finite.
    """
    ranges: dict[str, Range] = {}
    for begin in range(0, len(samples), BATCH):
        for name, values in walk_float(graph, samples[begin : begin + BATCH]):
            seen = Range.of(values)
            ranges[name] = finite(graph, name, ranges[name].union(seen) if name in ranges else seen)
        if progress is not None:
            progress(min(begin + BATCH, len(samples)), len(samples))
    return ranges


def finite(graph: Graph, name: str, found: Range) -> Range:
    """`found` itself. Raises UsageError if the range of the tensor `name` has a limit that is no number."""
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
