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
FEWEST = 32


def scores_tensor(graph: Graph) -> str:
    """The output, or what a last softmax reads: where one class is sure, softmax hides differences."""
    last = graph.by_name[graph.output]
    return last.inputs[0] if isinstance(last.operator, Softmax) else last.name


def narrow_scores(graph: Graph, ranges: Mapping[str, Range], samples: Array) -> dict[str, Range]:
    """`ranges`, but that of a last softmax's input begins where all scores together vanish beside the winner.

    Steps go where classes compete, and two scores are less often rounded to one. Fewer than FEWEST samples, float32
    [N, H, W, C], do not tell how small a winner may be.
    """
    scores = scores_tensor(graph)
    if scores == graph.output or len(samples) < FEWEST:
        return dict(ranges)
    batches = range(0, len(samples), BATCH)
    winner = min(_least_winner(graph, samples[begin : begin + BATCH]) for begin in batches)
    vanishing = math.log(2 * graph.types[scores].shape.c / SOFTMAX_OUTPUT.scale)  # all but one below: half a step
    low, high = ranges[scores]
    return {**ranges, scores: Range(max(low, winner - vanishing), high)}


def _least_winner(graph: Graph, samples: Array) -> float:
    """The least of the largest scores of every sample and pixel."""
    name = scores_tensor(graph)
    values = next(x for tensor, x in walk_float(graph, samples) if tensor == name)
    return float(np.max(values, axis=3).min())
