"""The scores before a last softmax: their range, and what narrowing it does to the classes found."""

import math

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import FullyConnected, Softmax
from mcucompile.ir.tensors import Array, Shape
from mcucompile.quantize.calibration import CalibrationMethod, calibrate
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.score_range import narrow_scores
from tests.float_network import chain

IDENTITY = FullyConnected(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
SCORES = np.array([[9, -200, 1], [5, 4.9, -30], [-2, 3, 2]], np.float32).reshape(3, 1, 1, 3)


def ranges_of(graph: Graph, x: Array) -> dict[str, Range]:
    return narrow_scores(graph, calibrate(graph, x, CalibrationMethod.MIN_MAX), x)


def test_from_half_a_step_of_probability_for_the_least_winner_up_to_the_largest() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)), ("softmax", Softmax(), ("scores",)))
    found = ranges_of(graph, SCORES)
    assert found["scores"] == Range(3 - math.log(512), 9)
    assert found["x"] == Range(-200, 9)
    clipped = np.maximum(SCORES, found["scores"].low)
    probabilities = [np.exp(s) / np.exp(s).sum(axis=3, keepdims=True) for s in (SCORES, clipped)]
    assert np.abs(probabilities[0] - probabilities[1]).max() < 1 / 512


def test_a_floor_below_all_scores_changes_nothing() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)), ("softmax", Softmax(), ("scores",)))
    assert ranges_of(graph, SCORES[2:])["scores"] == Range(-2, 3)


def test_scores_that_are_the_output_stay() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)))
    assert ranges_of(graph, SCORES)["scores"] == Range(-200, 9)
