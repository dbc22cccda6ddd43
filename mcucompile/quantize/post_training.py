"""Post-training quantization: ranges, then scales, then int8 nodes, then a look at what it cost."""

from collections.abc import Mapping

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.quantize.activations import choose_quantizations
from mcucompile.quantize.calibration import min_max_ranges
from mcucompile.quantize.convert import convert_graph
from mcucompile.quantize.given import keep_quantizations
from mcucompile.quantize.noise import layer_sqnr_db
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.result import QuantizationResult
from mcucompile.quantize.synthetic import synthetic_ranges
from mcucompile.reference.walk import Progress

MEASURED_SAMPLES = 16
FEW_SAMPLES = 10
UNVERIFIED = (
    "ACCURACY UNVERIFIED: no calibration data was given, so the activation ranges come from made-up inputs in {}. "
    "Expect wrong results on real data until you build with --calibration."
)


def quantize(
    graph: Graph,
    samples: Array | None,
    input_range: tuple[float, float] = (0.0, 1.0),
    progress: Progress | None = None,
) -> QuantizationResult:
    """Quantize an optimized float graph to int8 with float32 samples [N, H, W, C] of its input.

    Without samples the ranges are guessed, with inputs made up inside `input_range`. The graph of a quantized file
    keeps the quantizations that it gives, and needs ranges only where it gives none. progress: called with the samples
    done and all. Raises UsageError if a tensor is not finite, UnsupportedModelError where an accumulator could leave 32
    bits.
    """
    if graph.is_given:
        return keep_quantizations(graph, samples, input_range, progress)
    if samples is None or not len(samples):
        made_up_in = Range(*input_range)
        ranges = synthetic_ranges(graph, made_up_in, progress)
        int8_graph = convert_graph(graph, choose_quantizations(graph, ranges))
        return QuantizationResult(int8_graph, "synthetic", 0, None, (UNVERIFIED.format(made_up_in),))
    ranges = min_max_ranges(graph, samples, progress)
    int8_graph = convert_graph(graph, choose_quantizations(graph, ranges))
    layers = layer_sqnr_db(graph, int8_graph, samples[:MEASURED_SAMPLES])
    return QuantizationResult(
        int8_graph, "min-max", len(samples), layers[graph.output], _warnings(graph, ranges, len(samples)), layers
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
