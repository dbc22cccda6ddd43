"""MobileNetV2 and V3-small of examples/digits: what int8 loses on images that neither training nor calibration saw."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.passes import optimize
from mcucompile.quantize import Effort, quantize
from mcucompile.reference.evaluate import run_int8
from mcucompile.reference.float32 import run_float
from tests.quantize.hostile import hostile

DIGITS = Path(__file__).parent.parent.parent / "examples" / "digits"
NETWORKS = ("mobilenet_v2", "mobilenet_v3_small")
CALIBRATION = 100
SEEDS = range(5)
LARGEST_LOSS = 0.005
LARGEST_LOSS_WITHOUT_DATA = 0.015
LARGEST_LOSS_IF_HOSTILE = 0.01


@cache
def images() -> tuple[Array, Array]:
    with np.load(DIGITS / "test.npz") as test:
        return test["x"].astype(np.float32) / np.float32(255), test["y"]


@cache
def network(name: str) -> tuple[Graph, Array]:
    """The optimized graph, and its classes of all images."""
    graph = optimize(import_onnx(DIGITS / f"{name}.onnx"))
    return graph, classes(run_float(graph, images()[0]))


def classes(outputs: Array) -> Array:
    return np.asarray(outputs.reshape(len(outputs), -1).argmax(axis=1))


def loss(name: str, effort: Effort, seed: int, with_data: bool = True) -> float:
    """How much accuracy int8 loses, calibrated on 100 images and tested on the others."""
    graph, expected = network(name)
    x, labels = images()
    order = np.random.default_rng(seed).permutation(len(x))
    chosen, tested = order[:CALIBRATION], order[CALIBRATION:]
    int8 = quantize(graph, x[chosen] if with_data else None, effort=effort).graph
    found = classes(run_int8(int8, int8.input_type.quantized().quantize(x[tested])))
    return float((expected[tested] == labels[tested]).mean() - (found == labels[tested]).mean())


@pytest.mark.parametrize("effort", [Effort.NORMAL, Effort.HIGH])
@pytest.mark.parametrize("name", NETWORKS)
def test_calibrated(name: str, effort: Effort) -> None:
    assert np.mean([loss(name, effort, seed) for seed in SEEDS]) <= LARGEST_LOSS


@pytest.mark.parametrize("name", ["digits", *NETWORKS])
def test_hostile_ranges_cost_no_more_than_a_point(name: str) -> None:
    """Depthwise channels times 10^-3 to 10^3, undone behind them."""
    graph = hostile(network(name)[0])
    x, labels = images()
    expected = classes(run_float(graph, x[CALIBRATION:]))
    int8 = quantize(graph, x[:CALIBRATION]).graph
    found = classes(run_int8(int8, int8.input_type.quantized().quantize(x[CALIBRATION:])))
    lost = (expected == labels[CALIBRATION:]).mean() - (found == labels[CALIBRATION:]).mean()
    assert lost <= LARGEST_LOSS_IF_HOSTILE


@pytest.mark.parametrize("name", NETWORKS)
def test_without_data(name: str) -> None:
    assert loss(name, Effort.NORMAL, 0, with_data=False) <= LARGEST_LOSS_WITHOUT_DATA
