"""The scores before a last softmax: their range, and what narrowing it does to the classes found."""

import math

import numpy as np
import pytest

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import FullyConnected, Softmax
from mcucompile.ir.tensors import Array, Shape
from mcucompile.quantize import Effort, post_training, quantize
from mcucompile.quantize.calibration import CalibrationMethod, calibrate
from mcucompile.quantize.noise import compare
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.score_range import FEWEST, narrow_scores
from tests.float_network import chain

IDENTITY = FullyConnected(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
SCORES = np.tile(np.array([[9, -200, 1], [5, 4.9, -30], [-2, 3, 2]], np.float32), (11, 1)).reshape(33, 1, 1, 3)


def ranges_of(graph: Graph, x: Array) -> dict[str, Range]:
    return narrow_scores(graph, calibrate(graph, x, CalibrationMethod.MIN_MAX), x)


def test_what_all_clipped_scores_take_from_the_winner_is_half_a_step_at_most() -> None:
    classes, winner = 100, 2
    x = np.full((FEWEST, 1, 1, classes), -40, np.float32)
    x[..., 5], x[..., 7] = winner, -1
    identity = FullyConnected(np.eye(classes, dtype=np.float32), np.zeros(classes, np.float32))
    graph = chain(Shape(1, 1, classes), ("scores", identity, ("x",)), ("softmax", Softmax(), ("scores",)))
    found = ranges_of(graph, x)
    assert found["scores"] == Range(winner - math.log(2 * classes * 256), winner)
    assert found["x"] == Range(-40, winner)
    clipped = np.maximum(x, found["scores"].low)
    probabilities = [np.exp(s) / np.exp(s).sum(axis=3, keepdims=True) for s in (x, clipped)]
    assert np.abs(probabilities[0] - probabilities[1]).max() < 1 / 512


def test_few_samples_narrow_nothing() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)), ("softmax", Softmax(), ("scores",)))
    assert ranges_of(graph, SCORES)["scores"].low > -200
    assert ranges_of(graph, SCORES[: FEWEST - 1])["scores"].low == -200


def test_the_upper_limit_is_the_calibration_methods() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)), ("softmax", Softmax(), ("scores",)))
    ranges = calibrate(graph, SCORES, CalibrationMethod.MIN_MAX) | {"scores": Range(-200, 4)}
    assert narrow_scores(graph, ranges, SCORES)["scores"].high == 4


def test_a_floor_below_all_scores_changes_nothing() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)), ("softmax", Softmax(), ("scores",)))
    assert ranges_of(graph, SCORES[2::3].repeat(3, axis=0))["scores"] == Range(-2, 3)


def test_scores_that_are_the_output_stay() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)))
    assert ranges_of(graph, SCORES)["scores"] == Range(-200, 9)


def test_scores_cut_off_on_purpose_are_no_noise() -> None:
    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)), ("softmax", Softmax(), ("scores",)))
    result = quantize(graph, SCORES, effort=Effort.LOW, method=CalibrationMethod.MIN_MAX)
    assert result.ranges["scores"].low > -200
    sqnr = result.layer_sqnr_db["scores"]
    assert sqnr is not None
    assert sqnr > 25
    unlimited = compare(graph, result.graph, SCORES).layer_sqnr_db["scores"]
    assert unlimited is not None
    assert unlimited < 3


def test_scores_saturated_on_the_side_that_was_not_cut_are_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """A calibration that gives up scores above 4, where the winners reach 9: narrowing only cuts what is low."""

    def calibrate_low(*arguments: object) -> dict[str, Range]:
        return calibrate(graph, SCORES, CalibrationMethod.MIN_MAX) | {"scores": Range(-200, 4)}

    graph = chain(Shape(1, 1, 3), ("scores", IDENTITY, ("x",)), ("softmax", Softmax(), ("scores",)))
    monkeypatch.setattr(post_training, "calibrate", calibrate_low)
    result = quantize(graph, SCORES, effort=Effort.LOW)
    assert result.ranges["scores"].low > -200
    assert result.ranges["scores"].high == 4
    sqnr = result.layer_sqnr_db["scores"]
    assert sqnr is not None
    assert sqnr < 12
