"""How far the int8 graph is from the float graph: signal to quantization noise, in dB, and classes found."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.quantize.ranges import Range
from mcucompile.reference.evaluate import walk_int8
from mcucompile.reference.float32 import walk_float

BATCH = 8


@dataclass(frozen=True)
class Top1:
    """How often float and int8 graph find the same class, over so many samples; accuracies where labels are known."""

    samples: int
    agreement: float
    float_accuracy: float | None = None
    int8_accuracy: float | None = None


@dataclass(frozen=True)
class Comparison:
    """SQNR of every tensor of the float graph, None without signal or error; top1 is None if there are no classes."""

    layer_sqnr_db: dict[str, float | None]
    top1: Top1 | None


def compare(
    graph: Graph,
    int8_graph: Graph,
    samples: Array,
    labels: Array | None = None,
    needed: Mapping[str, Range] | None = None,
) -> Comparison:
    """Both graphs on float32 samples [N >= 1, H, W, C], of class labels [N]; memory is bounded by one batch.

    SQNR: 10 log10(sum of signal² / sum of error²). The int8 graph has the float graph's tensors, and perhaps more.
    needed: for some tensors, the range outside which nothing matters to their readers; both graphs are clipped to it.
    """
    needed = needed or {}
    signal = dict.fromkeys(graph.types, 0.0)
    error = dict.fromkeys(graph.types, 0.0)
    classes = []
    for begin in range(0, len(samples), BATCH):
        x = samples[begin : begin + BATCH]
        quantized_x = int8_graph.input_type.quantized().quantize(x)
        same = (item for item in walk_int8(int8_graph, quantized_x) if item[0] in signal)
        for (name, real), (_, q) in zip(walk_float(graph, x), same, strict=True):
            meant = int8_graph.types[name].quantized().dequantize(q)
            if name in needed:
                real, meant = (np.clip(values, *needed[name]) for values in (real, meant))
            signal[name] += float(np.square(real, dtype=np.float64).sum())
            error[name] += float(np.square(real - meant, dtype=np.float64).sum())
            if name == graph.output:
                classes.append([y.reshape(len(y), -1).argmax(axis=1) for y in (real, meant)])
    sqnr = {name: _decibels(signal[name], error[name]) for name in graph.types}
    expected, found = np.concatenate(classes, axis=1)
    return Comparison(sqnr, _top1(graph, expected, found, labels))


def _top1(graph: Graph, expected: Array, found: Array, labels: Array | None) -> Top1 | None:
    if not graph.output_type.shape.classes:
        return None
    agreement = float(np.mean(expected == found))
    if labels is None:
        return Top1(len(found), agreement)
    labels = labels[: len(found)]
    return Top1(len(found), agreement, float(np.mean(expected == labels)), float(np.mean(found == labels)))


def _decibels(signal: float, error: float) -> float | None:
    return 10 * math.log10(signal / error) if signal > 0 and error > 0 else None
