"""Post-training quantization: ranges, then scales, then int8 nodes, then a look at what it cost."""

import math
from collections.abc import Callable, Mapping
from functools import partial

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.quantize.activations import choose_quantizations
from mcucompile.quantize.calibration import CalibrationMethod, calibrate, finite
from mcucompile.quantize.channel_ranges import channel_ranges
from mcucompile.quantize.convert import convert_graph
from mcucompile.quantize.data_free import quantize_without_data
from mcucompile.quantize.effort import Effort
from mcucompile.quantize.equalization import equalize
from mcucompile.quantize.flat_range import narrow_flat_ends
from mcucompile.quantize.given import keep_quantizations
from mcucompile.quantize.noise import compare
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.refine import refine
from mcucompile.quantize.result import QuantizationResult
from mcucompile.quantize.score_range import narrow_scores, scores_tensor

Notify = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and all."""

COMPARED_SAMPLES = 128
MOST_FOLLOWED, MOST_JUDGED = 48, 16
FEW_SAMPLES = 10
DEFAULT_METHOD = CalibrationMethod.MSE
"""The best mean SQNR of the scores on held-out calibration samples of the MLPerf Tiny models."""


def quantize(
    graph: Graph,
    samples: Array | None,
    input_range: tuple[float, float] = (0.0, 1.0),
    notify: Notify | None = None,
    effort: Effort = Effort.NORMAL,
    labels: Array | None = None,
    method: CalibrationMethod = DEFAULT_METHOD,
) -> QuantizationResult:
    """Quantize an optimized float graph to int8 with float32 samples [N, H, W, C] of its input.

    Without samples the ranges are guessed, from batch normalization or with inputs made up inside `input_range`. The
    graph of a quantized file keeps the quantizations that it gives, and needs ranges only where it gives none. notify:
    called with what is being done, how much of it is done, and all. labels [N]: the samples' classes, if known; they
    are only counted. Raises UsageError if a tensor is not finite, UnsupportedModelError where an accumulator could
    leave 32 bits.
    """
    _require_finite(graph, samples)
    calibrated = None if notify is None else partial(notify, "calibration samples")
    if graph.is_given:
        return keep_quantizations(graph, samples, input_range, calibrated)
    if samples is None or not len(samples):
        return quantize_without_data(graph, Range(*input_range), effort)
    if effort is not Effort.LOW:
        graph = _equalized_if_better(graph, samples, method)
    found = calibrate(graph, samples, method, calibrated)
    ranges = narrow_scores(graph, narrow_flat_ends(graph, found), samples)
    int8_graph = convert_graph(graph, choose_quantizations(graph, ranges))
    if effort is not Effort.LOW:
        refined = None if notify is None else partial(notify, "layers corrected")
        int8_graph = refine(graph, int8_graph, samples, effort, refined)
    seen = compare(graph, int8_graph, samples[:COMPARED_SAMPLES], labels, _needed(found, ranges))
    return QuantizationResult(
        int8_graph,
        method.value,
        len(samples),
        seen.layer_sqnr_db[graph.output],
        _warnings(graph, ranges, len(samples)),
        seen.layer_sqnr_db,
        seen.top1,
        effort,
        ranges,
    )


def _require_finite(graph: Graph, samples: Array | None) -> None:
    if samples is not None and len(samples):
        finite(graph, graph.input, Range.of(samples))


def _equalized_if_better(graph: Graph, samples: Array, method: CalibrationMethod) -> Graph:
    """The graph with balanced channels if its int8 scores are closer to the float ones.

    The last quarter of the samples judges ranges that follow from others: what fits its own samples only is no gain.
    Of fewer than 4 samples, all do both.
    """
    judging = min(len(samples) // 4, MOST_JUDGED) or len(samples)
    judges, followed = samples[-judging:], (samples[:-judging] if judging < len(samples) else samples)[:MOST_FOLLOWED]
    equalized = equalize(graph, channel_ranges(graph, followed))
    return max((graph, equalized), key=lambda candidate: _scores_sqnr_db(candidate, followed, judges, method))


def _scores_sqnr_db(graph: Graph, followed: Array, judges: Array, method: CalibrationMethod) -> float:
    """Of scores that are not narrowed: what that clips on purpose would hide the noise."""
    int8_graph = convert_graph(graph, choose_quantizations(graph, calibrate(graph, followed, method)))
    found = compare(graph, int8_graph, judges).layer_sqnr_db[scores_tensor(graph)]
    return math.inf if found is None else found


def _needed(found: Mapping[str, Range], narrowed: Mapping[str, Range]) -> dict[str, Range]:
    """Where narrowing cut off what no reader needs: the range that is needed, without limit where nothing was cut."""
    return {
        name: Range(low if low > found[name].low else -math.inf, high if high < found[name].high else math.inf)
        for name, (low, high) in narrowed.items()
        if (low, high) != found[name]
    }


def _warnings(graph: Graph, ranges: Mapping[str, Range], count: int) -> tuple[str, ...]:
    found = []
    if count < FEW_SAMPLES:
        found.append(f"few calibration samples ({count}): the ranges of activations may be too narrow; 100 are plenty")
    found += [
        f"%{name} is 0 for every calibration sample, so its scale is a guess"
        for name in graph.types
        if ranges[name] == (0.0, 0.0)
    ]
    return tuple(found)
