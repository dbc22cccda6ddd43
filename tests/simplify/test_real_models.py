"""The MLPerf Tiny models: half of visual wake words is dead, nothing of the others."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph
from mcucompile.ir.shapes import macs
from mcucompile.ir.tensors import Array
from mcucompile.ir.verify import verify_graph
from mcucompile.passes import optimize
from mcucompile.quantize import CalibrationMethod, Effort, quantize
from mcucompile.reference.evaluate import run_int8
from mcucompile.simplify import simplify
from mcucompile.simplify.products import Weighted
from tests.oracle.tflite_graph import read_tflite

CALIBRATION = 100
SAMPLES = 50


def work(graph: Graph) -> tuple[int, int]:
    """Multiply-adds, and bytes of int8 weights alone."""
    weights = sum(node.operator.weights.size for node in graph if isinstance(node.operator, Weighted))
    return sum(macs(graph, node) for node in graph), weights


def pixels(real_data: Path) -> Array:
    with np.load(real_data / "data" / "vww_500.npz") as arrays:
        return arrays["x"].astype(np.float32) * np.float32(1 / 255)


def our_graph(real_data: Path) -> Graph:
    """Visual wake words by plain min-max quantization, whose integers do not change when our quantizer gets better."""
    graph = optimize(import_onnx(real_data / "models" / "vww_96_float.onnx"))
    samples = pixels(real_data)[:CALIBRATION]
    return quantize(graph, samples, effort=Effort.LOW, method=CalibrationMethod.MIN_MAX).graph


def official_graph(real_data: Path) -> Graph:
    """Visual wake words as MLPerf Tiny gives it out."""
    return read_tflite(real_data / "models" / "vww_96_int8.tflite").graph


@pytest.mark.parametrize(("read", "left"), [(our_graph, (3725027, 28902)), (official_graph, (3727313, 29066))])
def test_visual_wake_words(real_data: Path, read: Callable[[Path], Graph], left: tuple[int, int]) -> None:
    graph = read(real_data)
    simple = simplify(graph)
    verify_graph(simple)
    assert work(graph) == (7489664, 208112)
    assert work(simple) == left
    assert len(simple.nodes) == len(graph.nodes)

    samples = graph.input_type.quantized().quantize(pixels(real_data)[-SAMPLES:])
    noise = np.random.default_rng(0).integers(-128, 128, (10, *graph.input_type.shape)).astype(np.int8)
    x = np.concatenate([samples, noise])
    assert np.array_equal(run_int8(graph, x), run_int8(simple, x))


def test_at_least_as_much_goes_by_default(real_data: Path) -> None:
    """The bounds are what others found dead in the official integers."""
    graph = optimize(import_onnx(real_data / "models" / "vww_96_float.onnx"))
    multiply_adds, weights = work(simplify(quantize(graph, pixels(real_data)[:20]).graph))
    assert multiply_adds <= 3733073
    assert weights <= 29286


@pytest.mark.parametrize("name", ["kws_ref_model", "pretrainedResnet_quant"])
def test_nothing_is_dead_in_the_others(real_data: Path, name: str) -> None:
    graph = read_tflite(real_data / "models" / f"{name}.tflite").graph
    assert simplify(graph) is graph
