"""What quantization chose and what it cost, as the `quantization` section of report.json."""

from dataclasses import asdict
from typing import Any

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.quantize import QuantizationResult

Section = dict[str, Any]


def quantization_report(result: QuantizationResult) -> Section:
    """Method, effort, what was measured on calibration samples, and a row for every tensor of the int8 graph.

    Ranges are in real units, inclusive; SQNR and loss in dB. loss_db: how much noisier a layer's result is than the
    noisiest of its inputs.
    """
    graph = result.graph
    return {
        "method": result.method,
        "effort": None if result.effort is None else result.effort.value,
        "calibration_samples": result.calibration_samples,
        "sqnr_db": result.sqnr_db,
        "top1": None if result.top1 is None else asdict(result.top1),
        "layers": [_input(result), *(_layer(result, node) for node in graph)],
        "warnings": list(result.warnings),
    }


def costly_layers(section: Section, count: int = 3) -> list[tuple[str, float]]:
    """The names and losses of the layers that add most noise, the worst first."""
    losses = [(layer["name"], layer["loss_db"]) for layer in section["layers"] if (layer["loss_db"] or 0) > 0]
    return sorted(losses, key=lambda item: -item[1])[:count]


def _input(result: QuantizationResult) -> Section:
    name = result.graph.input
    return {"name": name, "op": "input", **_activation(result, name), "loss_db": None, "weights": None}


def _layer(result: QuantizationResult, node: Node) -> Section:
    return {
        "name": node.name,
        "op": node.operator.mnemonic,
        **_activation(result, node.name),
        "loss_db": _loss_db(result, node),
        "weights": _weights(result.graph, node),
    }


def _activation(result: QuantizationResult, name: str) -> Section:
    quantization = result.graph.types[name].quantized()
    found = result.ranges.get(name)
    return {
        "range": None if found is None else list(found),
        "scale": quantization.scale,
        "zero_point": quantization.zero_point,
        "sqnr_db": result.layer_sqnr_db.get(name),
    }


def _loss_db(result: QuantizationResult, node: Node) -> float | None:
    sqnr = result.layer_sqnr_db.get(node.name)
    sources = [db for name in node.inputs if (db := result.layer_sqnr_db.get(name)) is not None]
    return None if sqnr is None or not sources else min(sources) - sqnr


def _weights(graph: Graph, node: Node) -> Section | None:
    """The range of the int8 weights' real values over all channels, and the smallest and largest of their scales."""
    match node.operator:
        case Conv2D(weights=weights, requantize=factor) | FullyConnected(weights=weights, requantize=factor):
            by_channel = weights.reshape(len(weights), -1)
        case DepthwiseConv2D(weights=weights, requantize=factor):
            by_channel = weights.reshape(-1, weights.shape[2]).T
        case _:
            return None
    assert factor is not None
    (source,) = graph.input_types(node)
    rescaled = np.ldexp(factor.multiplier.astype(np.float64), factor.shift - 31)
    scales = rescaled * node.type.quantized().scale / source.quantized().scale
    low, high = (by_channel.min(axis=1) * scales).min(), (by_channel.max(axis=1) * scales).max()
    return {"range": [float(low), float(high)], "scales": [float(scales.min()), float(scales.max())]}
