"""How far the int8 graph is from the float graph: signal to quantization noise, in dB."""

import math

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.reference.evaluate import walk_int8
from mcucompile.reference.float32 import walk_float

BATCH = 8


def layer_sqnr_db(graph: Graph, int8_graph: Graph, samples: Array) -> dict[str, float | None]:
    """SQNR of every tensor over float32 samples [N, H, W, C]: 10 log10(sum of signal² / sum of error²).

    None where there is no signal or no error. The int8 graph has the float graph's tensors, and perhaps more.
    """
    signal = dict.fromkeys(graph.types, 0.0)
    error = dict.fromkeys(graph.types, 0.0)
    for begin in range(0, len(samples), BATCH):
        x = samples[begin : begin + BATCH]
        quantized_x = int8_graph.input_type.quantized().quantize(x)
        same = (item for item in walk_int8(int8_graph, quantized_x) if item[0] in signal)
        for (name, real), (_, q) in zip(walk_float(graph, x), same, strict=True):
            found = int8_graph.types[name].quantized().dequantize(q)
            signal[name] += float(np.square(real, dtype=np.float64).sum())
            error[name] += float(np.square(real - found, dtype=np.float64).sum())
    return {name: _decibels(signal[name], error[name]) for name in graph.types}


def _decibels(signal: float, error: float) -> float | None:
    return 10 * math.log10(signal / error) if signal > 0 and error > 0 else None
