"""Quantized models: the quantizations that the file gives stay; what it computes in floating point gets its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Array
from mcucompile.quantize.activations import choose_quantizations, without_scale
from mcucompile.quantize.calibration import min_max_ranges
from mcucompile.quantize.convert import convert_graph
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.result import QuantizationResult
from mcucompile.quantize.synthetic import synthetic_ranges
from mcucompile.quantize.weights import fits_int8
from mcucompile.reference.walk import Progress

METHOD = "given by the model"
NO_SCALE = (
    "the model computes {} in floating point and gives no scale: the ranges come from made-up inputs in {}. "
    "Quantize these tensors as well when you export"
)
FLOAT_WEIGHTS = "the model stores the weights of {} in floating point: they are now int8, with a scale for every output"
ASYMMETRIC = (
    "asymmetric weights that do not fit into symmetric int8 are rounded again, in {}: quantize with symmetric weights "
    "(weight_type=QuantType.QInt8) to keep the model's results"
)


def keep_quantizations(
    graph: Graph, samples: Array | None, input_range: tuple[float, float], progress: Progress | None
) -> QuantizationResult:
    """The int8 form of an optimized graph with given quantizations.

    Tensors without one get theirs from samples [N, H, W, C], or from inputs made up in the range that the input can
    have; a warning names them.
    """
    missing = without_scale(graph)
    given = graph.input_type.given
    made_up_in = Range(*input_range) if given is None else Range(given.low, given.high)
    ranges = _ranges(graph, samples, made_up_in, progress) if missing else {}
    int8_graph = convert_graph(graph, choose_quantizations(graph, ranges))
    return QuantizationResult(int8_graph, METHOD, 0, None, _warnings(graph, missing, made_up_in))


def _ranges(graph: Graph, samples: Array | None, made_up_in: Range, progress: Progress | None) -> Mapping[str, Range]:
    if samples is None or not len(samples):
        found = synthetic_ranges(graph, made_up_in, progress)
    else:
        found = min_max_ranges(graph, samples, progress)
    return {name: found[name] for name in without_scale(graph)}


def _warnings(graph: Graph, missing: tuple[str, ...], made_up_in: Range) -> tuple[str, ...]:
    found = []
    if missing:
        found.append(NO_SCALE.format(_listed(missing), made_up_in))
    layers = [(node.name, layer) for node in graph if (layer := _layer(node)) is not None]
    unscaled = tuple(name for name, layer in layers if layer.scales is None and not layer.is_exact)
    if unscaled:
        found.append(FLOAT_WEIGHTS.format(_listed(unscaled)))
    rounded = [f"%{name} ({layer.unfit} of {layer.outputs} outputs)" for name, layer in layers if layer.unfit]
    if rounded:
        found.append(ASYMMETRIC.format(", ".join(rounded)))
    return tuple(found)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"%{name}" for name in names)


@dataclass(frozen=True, eq=False)
class _Layer:
    """Weights, their scales if the file gives them, and the axis of the output channels."""

    weights: Array
    scales: Array | None
    channel_axis: int

    @property
    def outputs(self) -> int:
        return int(self.weights.shape[self.channel_axis])

    @property
    def is_exact(self) -> bool:
        """One weight for each output, as batch normalization has: with a scale of its own it stays what it is."""
        return self.weights.size == self.outputs

    @property
    def unfit(self) -> int:
        """How many outputs have weights that are not int8 numbers times their scale."""
        if self.scales is None:
            return 0
        return int(np.count_nonzero(~fits_int8(self.weights, self.scales, self.channel_axis)))


def _layer(node: Node) -> _Layer | None:
    match node.operator:
        case Conv2D(weights=weights, weight_scales=scales) | FullyConnected(weights=weights, weight_scales=scales):
            return _Layer(weights, scales, 0)
        case DepthwiseConv2D(weights=weights, weight_scales=scales):
            return _Layer(weights, scales, 2)
        case _:
            return None
