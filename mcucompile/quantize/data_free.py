"""Quantization without data: ranges and means from batch normalization, or from made-up inputs."""

from collections.abc import Mapping

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import AveragePool, Clamp, Concat, Elementwise
from mcucompile.quantize.activations import choose_quantizations
from mcucompile.quantize.bias_correction import correct_biases
from mcucompile.quantize.calibration import finite
from mcucompile.quantize.channel_ranges import ChannelRange, summarize
from mcucompile.quantize.convert import convert_graph
from mcucompile.quantize.effort import Effort
from mcucompile.quantize.equalization import equalize
from mcucompile.quantize.flat_range import narrow_flat_ends
from mcucompile.quantize.normalized import walk_normalized
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.reach import widen_to_reach
from mcucompile.quantize.result import QuantizationResult
from mcucompile.quantize.synthetic import synthetic_inputs
from mcucompile.reference.functions import apply_function

GRID = 256
"""At so many inputs, evenly spread, a function is looked at to find its range."""
DEVIATIONS = 6
"""A channel is taken to reach this many standard deviations from its mean (Nagel et al. 2019, section 5)."""
UNVERIFIED = (
    "ACCURACY UNVERIFIED: no calibration data was given, so the activation ranges come from made-up inputs in {}. "
    "Expect wrong results on real data until you build with --calibration."
)
FROM_STATISTICS = (
    "ACCURACY UNVERIFIED: no calibration data was given, so the activation ranges come from batch normalization's "
    "statistics, and from made-up inputs in {} where there are none. Check the accuracy with mcucompile run, or build "
    "with --calibration."
)


def quantize_without_data(graph: Graph, input_range: Range, effort: Effort) -> QuantizationResult:
    """The int8 form of an optimized float graph, its channels equalized and its biases corrected.

    Effort has nothing to change: none of it takes long. Raises as `quantize`.
    """
    equalized = equalize(graph, widen_to_reach(graph, data_free_ranges(graph, input_range)))
    channels = data_free_ranges(equalized, input_range)
    ranges = narrow_flat_ends(equalized, _tensor_ranges(equalized, channels))
    quantizations = choose_quantizations(equalized, ranges)
    means = {name: channel.mean for name, channel in channels.items()}
    corrected = correct_biases(equalized, means, quantizations)
    known = any(node.statistics is not None for node in graph)
    method, warning = ("batch-norm statistics", FROM_STATISTICS) if known else ("synthetic", UNVERIFIED)
    int8_graph = convert_graph(corrected, quantizations)
    warnings = (warning.format(input_range),)
    return QuantizationResult(int8_graph, method, 0, None, warnings, effort=effort, ranges=ranges)


def data_free_ranges(graph: Graph, input_range: Range) -> dict[str, ChannelRange]:
    """What every channel of every tensor is taken to be, in order of definition."""
    x = synthetic_inputs(graph.input_type.shape, input_range)
    channels = summarize(walk_normalized(graph, x), len(x))
    channels[graph.input] = _constant(channels[graph.input], *input_range)
    for node in graph:
        clamp, seen = getattr(node.operator, "clamp", Clamp()), channels[node.name]
        match node.operator:
            case _ if node.statistics is not None:
                mean, reach = node.statistics.mean, DEVIATIONS * node.statistics.deviation
                low, high = np.clip(mean - reach, *clamp), np.clip(mean + reach, *clamp)
                channels[node.name] = ChannelRange(low, high, seen.mean)
            case AveragePool():
                source = channels[node.inputs[0]]
                low, high = np.clip(source.low, *clamp), np.clip(source.high, *clamp)
                channels[node.name] = ChannelRange(low, high, seen.mean)
            case Concat():
                parts = [channels[name] for name in node.inputs]
                channels[node.name] = ChannelRange(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
            case Elementwise(function=function):
                source = channels[node.inputs[0]]
                values = apply_function(function, np.linspace(source.low, source.high, GRID))
                channels[node.name] = ChannelRange(values.min(axis=0), values.max(axis=0), seen.mean)
            case _ if np.isfinite(clamp).all():
                channels[node.name] = _constant(seen, *clamp)
    return channels


def _constant(seen: ChannelRange, low: float, high: float) -> ChannelRange:
    return ChannelRange(np.full_like(seen.low, low), np.full_like(seen.high, high), seen.mean)


def _tensor_ranges(graph: Graph, channels: Mapping[str, ChannelRange]) -> dict[str, Range]:
    found = {name: Range(float(channel.low.min()), float(channel.high.max())) for name, channel in channels.items()}
    return {name: finite(graph, name, limits) for name, limits in found.items()}
