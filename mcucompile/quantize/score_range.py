"""The range of the scores that a last softmax reads: what it turns into 0 needs no steps."""

import math
from collections.abc import Mapping

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import SOFTMAX_OUTPUT, Softmax
from mcucompile.ir.tensors import Array
from mcucompile.quantize.ranges import Range
from mcucompile.reference.float32 import walk_float

BATCH = 16
VANISHING = math.log(2 / SOFTMAX_OUTPUT.scale)
"""A score this far below the largest has a probability under half a step of the output, whatever the others are."""


def scores_tensor(graph: Graph) -> str:
    """The output, or what a last softmax reads: where one class is sure, softmax hides differences."""
    last = graph.by_name[graph.output]
    return last.inputs[0] if isinstance(last.operator, Softmax) else last.name


def narrow_scores(graph: Graph, ranges: Mapping[str, Range], samples: Array) -> dict[str, Range]:
    """`ranges`, but that of a last softmax's input: from where scores vanish in every sample up to the largest one.

    Steps go where classes compete, and two scores are less often rounded to one. samples: float32 [N >= 1, H, W, C].
    """
    scores = scores_tensor(graph)
    if scores == graph.output:
        return dict(ranges)
    winners = [winner for begin in range(0, len(samples), BATCH) for winner in _winners(graph, samples, begin)]
    floor = min(winners) - VANISHING
    return {**ranges, scores: Range(max(ranges[scores].low, floor), max(winners))}


def _winners(graph: Graph, samples: Array, begin: int) -> Array:
    """The largest score of every sample and pixel of a batch."""
    name = scores_tensor(graph)
    values = next(x for tensor, x in walk_float(graph, samples[begin : begin + BATCH]) if tensor == name)
    result: Array = np.max(values, axis=3).reshape(-1).astype(np.float64)
    return result
