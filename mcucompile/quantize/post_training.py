"""Post-training quantization: ranges, then scales, then int8 nodes, then a look at what it cost."""

from collections.abc import Callable, Mapping
from functools import partial

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.quantize.activations import choose_quantizations
from mcucompile.quantize.calibration import min_max_ranges
from mcucompile.quantize.convert import convert_graph
from mcucompile.quantize.effort import Effort
from mcucompile.quantize.given import keep_quantizations
from mcucompile.quantize.noise import compare
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.refine import refine
from mcucompile.quantize.result import QuantizationResult
from mcucompile.quantize.synthetic import synthetic_ranges

Notify = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and all."""

COMPARED_SAMPLES = 128
FEW_SAMPLES = 10
UNVERIFIED = (
    "ACCURACY UNVERIFIED: no calibration data was given, so the activation ranges come from made-up inputs in {}. "
    "Expect wrong results on real data until you build with --calibration."
)


def quantize(
    graph: Graph,
    samples: Array | None,
    input_range: tuple[float, float] = (0.0, 1.0),
    notify: Notify | None = None,
    effort: Effort = Effort.NORMAL,
    labels: Array | None = None,
) -> QuantizationResult:
    """Quantize an optimized float graph to int8 with float32 samples [N, H, W, C] of its input.

    Without samples the ranges are guessed, with inputs made up inside `input_range`. The graph of a quantized file
    keeps the quantizations that it gives, and needs ranges only where it gives none. notify: called with what is being
    done, how much of it is done, and all. labels [N]: the samples' classes, if known; they are only counted. Raises
    UsageError if a tensor is not finite, UnsupportedModelError where an accumulator could leave 32 bits.
    """
    calibrated = None if notify is None else partial(notify, "calibration samples")
    if graph.is_given:
        return keep_quantizations(graph, samples, input_range, calibrated)
    if samples is None or not len(samples):
        made_up_in = Range(*input_range)
        ranges = synthetic_ranges(graph, made_up_in, calibrated)
        int8_graph = convert_graph(graph, choose_quantizations(graph, ranges))
        unverified = (UNVERIFIED.format(made_up_in),)
        return QuantizationResult(int8_graph, "synthetic", 0, None, unverified, effort=effort, ranges=ranges)
    ranges = min_max_ranges(graph, samples, calibrated)
    int8_graph = convert_graph(graph, choose_quantizations(graph, ranges))
    if effort is not Effort.LOW:
        refined = None if notify is None else partial(notify, "layers corrected")
        int8_graph = refine(graph, int8_graph, samples, effort, refined)
    seen = compare(graph, int8_graph, samples[:COMPARED_SAMPLES], labels)
    return QuantizationResult(
        int8_graph,
        "min-max",
        len(samples),
        seen.layer_sqnr_db[graph.output],
        _warnings(graph, ranges, len(samples)),
        seen.layer_sqnr_db,
        seen.top1,
        effort,
        ranges,
    )


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
