"""Accuracy of the MLPerf Tiny models on real data: int8 against float, on the same images."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.ir.verify import verify_graph
from mcucompile.passes import optimize
from mcucompile.quantize import quantize
from mcucompile.reference.evaluate import run_int8
from mcucompile.reference.float32 import run_float

DATA = os.environ.get("MCUCOMPILE_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="MCUCOMPILE_DATA is not set: no real models and data")

CALIBRATION = 100
LARGEST_LOSS = 0.015
LEAST_AGREEMENT = 0.96
LARGEST_LOSS_WITHOUT_DATA = 0.05


@dataclass(frozen=True)
class Case:
    """A model, the samples it is tested on, and those it is calibrated on (the same archive: disjoint samples)."""

    model: str
    tested: str
    calibrated: str
    pixel_scale: float = 1.0


CASES = {
    "vww": Case("vww_96_float", "vww_500", "vww_500", 1 / 255),
    "kws": Case("kws_ref_model_float", "kws_500", "kws_500"),
    "resnet8": Case("pretrainedResnet_float", "cifar10_test_700", "cifar10_train_1024"),
}


@dataclass(frozen=True)
class Prepared:
    graph: Graph
    calibration: Array
    x: Array
    labels: Array


@cache
def prepare(name: str) -> Prepared:
    case = CASES[name]
    graph = optimize(import_onnx(Path(DATA or "") / "models" / f"{case.model}.onnx"))
    source, _ = read(case.calibrated, case.pixel_scale)
    chosen = np.random.default_rng(0).permutation(len(source))[:CALIBRATION]
    x, labels = read(case.tested, case.pixel_scale)
    tested = np.setdiff1d(np.arange(len(x)), chosen) if case.tested == case.calibrated else np.arange(len(x))
    return Prepared(graph, source[chosen], x[tested[:400]], labels[tested[:400]])


def read(archive: str, scale: float) -> tuple[Array, Array]:
    with np.load(Path(DATA or "") / "data" / f"{archive}.npz") as arrays:
        return arrays["x"].astype(np.float32) * np.float32(scale), arrays["y"]


@cache
def float_top1(name: str) -> Array:
    prepared = prepare(name)
    return np.asarray(run_float(prepared.graph, prepared.x).reshape(len(prepared.x), -1).argmax(axis=1))


def int8_top1(int8: Graph, x: Array) -> Array:
    outputs = run_int8(int8, int8.input_type.quantized().quantize(x))
    return np.asarray(outputs.reshape(len(x), -1).argmax(axis=1))


@pytest.mark.parametrize("name", CASES)
def test_int8_loses_little_against_float(name: str) -> None:
    prepared = prepare(name)
    result = quantize(prepared.graph, prepared.calibration)
    verify_graph(result.graph)
    expected, found = float_top1(name), int8_top1(result.graph, prepared.x)
    loss = (expected == prepared.labels).mean() - (found == prepared.labels).mean()
    assert loss <= LARGEST_LOSS
    assert (expected == found).mean() >= LEAST_AGREEMENT
    assert result.sqnr_db is not None
    assert result.sqnr_db > 15
    assert result.warnings == ()


@pytest.mark.parametrize(("name", "input_range"), [("vww", (0, 1)), ("resnet8", (0, 255))])
def test_made_up_pictures_are_a_fair_guess_for_real_ones(name: str, input_range: tuple[float, float]) -> None:
    prepared = prepare(name)
    x, labels = prepared.x[:200], prepared.labels[:200]
    found = int8_top1(quantize(prepared.graph, None, input_range).graph, x)
    loss = (float_top1(name)[:200] == labels).mean() - (found == labels).mean()
    assert loss <= LARGEST_LOSS_WITHOUT_DATA
