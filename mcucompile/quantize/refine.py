"""Corrections from data: layer by layer, int8 weights and biases that best give what the float layer gives.

A layer sees the int8 results of the corrected layers before it, so its bias makes up for their mean error as well.
Bias: Nagel et al. 2019, arXiv:1906.04721, section 4.2, with measured means. Rounding: see `rounding.py`; its target is
what the float weights make of the int8 inputs, because the noise of a hundred samples is nothing to be learned.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import NO_CLAMP, Conv2D, DepthwiseConv2D, FullyConnected, Requantize
from mcucompile.ir.tensors import Array
from mcucompile.quantize.convert import largest_accumulator
from mcucompile.quantize.effort import Effort
from mcucompile.quantize.layer_statistics import (
    Weighted,
    from_weight_matrices,
    input_columns,
    layer_statistics,
    weight_matrices,
)
from mcucompile.quantize.rounding import reconstruct_rounding
from mcucompile.quantize.weights import BIAS_LIMIT
from mcucompile.reference.evaluate import apply_int8
from mcucompile.reference.float32 import apply_float
from mcucompile.reference.walk import Progress

BATCH = 8
MOST_SAMPLES = {Effort.NORMAL: 128, Effort.HIGH: 1024}
"""Every tensor is kept for all of them as long as it lives."""
MOST_ELEMENTS = 2**28
"""Of the largest tensor, so that high effort takes a few GB at most."""
MOST_SWEEPS = {Effort.NORMAL: 2, Effort.HIGH: 100}


def refine(graph: Graph, int8_graph: Graph, samples: Array, effort: Effort, progress: Progress | None = None) -> Graph:
    """`int8_graph` with reconstructed weights and corrected biases, for an effort that is not low.

    graph: the float graph it came from. samples: float32 [N >= 1, H, W, C], of which the first MOST_SAMPLES are used.
    progress: called with the nodes done and all.
    """
    largest = max(type_.shape.elements for type_ in graph.types.values())
    samples = samples[: max(MOST_SAMPLES[Effort.NORMAL], min(MOST_SAMPLES[effort], MOST_ELEMENTS // largest))]
    real = {graph.input: samples}
    quantized = {graph.input: int8_graph.input_type.quantized().quantize(samples)}
    nodes: list[Node] = []
    for node in int8_graph:
        inputs = tuple(quantized[name] for name in node.inputs)
        origin = graph.by_name.get(node.name)
        if origin is not None:
            sources = tuple(real[name] for name in origin.inputs)
            if isinstance(node.operator, Conv2D | DepthwiseConv2D | FullyConnected):
                node = _corrected(int8_graph, node, origin, sources[0], inputs[0], effort)
            real[node.name] = np.concatenate(list(_float_batches(origin, sources)))
        quantized[node.name] = np.concatenate(
            [apply_int8(int8_graph, node, tuple(x[part] for x in inputs)) for part in _parts(len(samples))]
        )
        nodes.append(node)
        if origin is not None:
            _forget(graph, real, origin)
        _forget(int8_graph, quantized, node)
        if progress is not None:
            progress(len(nodes), len(int8_graph.nodes))
    return int8_graph.with_nodes(nodes)


def _corrected(graph: Graph, node: Node, origin: Node, source: Array, x: Array, effort: Effort) -> Node:
    operator, wanted = node.operator, origin.operator
    assert isinstance(operator, Weighted)
    assert isinstance(wanted, Weighted)
    assert operator.requantize is not None
    (source_type,) = graph.input_types(node)
    unit = accumulator_unit(operator.requantize, node.type.quantized().scale)
    channels = source_type.shape.c
    nearest = weight_matrices(operator, operator.weights.astype(np.float64), channels)
    groups, outputs, _ = nearest.shape
    unclamped = replace(wanted, clamp=NO_CLAMP)

    def batches() -> Iterator[tuple[Array, Array]]:
        for part in _parts(len(x)):
            deviation = x[part].astype(np.float32) - source_type.quantized().zero_point
            results = apply_float(unclamped, (source[part],)).astype(np.float64) / unit
            yield input_columns(operator, deviation), results.reshape(-1, groups, outputs)

    statistics = layer_statistics(batches())
    scale = unit / source_type.quantized().scale
    along = (-1, 1, 1, 1) if isinstance(operator, Conv2D) else (-1, 1) if isinstance(operator, FullyConnected) else -1
    exact = wanted.weights.astype(np.float64) / scale.reshape(along)
    exact = weight_matrices(operator, exact, channels)
    weights = reconstruct_rounding(statistics, exact, nearest, MOST_SWEEPS[effort])
    bias = np.rint(np.clip(statistics.best_bias(weights).reshape(-1), -BIAS_LIMIT, BIAS_LIMIT))
    corrected = replace(
        operator,
        weights=from_weight_matrices(operator, weights).astype(np.int8),
        bias=bias.astype(np.int32),
    )
    return replace(node, operator=corrected) if _fits_32_bits(corrected) else node


def _fits_32_bits(operator: Weighted) -> bool:
    assert operator.requantize is not None
    channel_axis = 2 if isinstance(operator, DepthwiseConv2D) else 0
    largest = largest_accumulator(operator.weights, operator.bias, channel_axis)
    shifted = largest << np.maximum(operator.requantize.shift, 0).astype(np.int64)
    return bool(shifted.max() < 2**31)


def accumulator_unit(requantize: Requantize, output_scale: float) -> Array:
    """What an accumulator of 1 stands for in each channel, float64 [O]."""
    result: Array = np.ldexp(requantize.multiplier.astype(np.float64), requantize.shift - 31) * output_scale
    return result


def _float_batches(node: Node, inputs: tuple[Array, ...]) -> Iterator[Array]:
    for part in _parts(len(inputs[0])):
        yield apply_float(node.operator, tuple(x[part] for x in inputs))


def _parts(count: int) -> Iterator[slice]:
    for begin in range(0, count, BATCH):
        yield slice(begin, begin + BATCH)


def _forget(graph: Graph, values: dict[str, Array], node: Node) -> None:
    """Let go what nobody after `node` reads."""
    for name in {*node.inputs, node.name}:
        readers = graph.consumers[name]
        if not readers or readers[-1].name == node.name:
            del values[name]
