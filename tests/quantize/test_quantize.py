"""The whole stage: int8 graph, measured noise, warnings."""

import numpy as np
import pytest

from mcucompile.ir.operators import Clamp, Clip
from mcucompile.ir.tensors import Quantization, Shape
from mcucompile.ir.verify import verify_graph
from mcucompile.quantize import CalibrationMethod, quantize
from mcucompile.quantize.noise import compare
from mcucompile.reference.evaluate import run_int8
from mcucompile.reference.float32 import run_float
from tests.float_network import chain, samples, small_network


def test_the_int8_graph_is_sound_and_close_to_the_float_one() -> None:
    graph = small_network()
    result = quantize(graph, samples(40))
    verify_graph(result.graph)
    assert [node.name for node in result.graph] == [node.name for node in graph]
    x = samples(200, seed=5)
    found = run_int8(result.graph, result.graph.input_type.quantized().quantize(x))
    expected = run_float(graph, x)
    assert np.abs(result.graph.output_type.quantized().dequantize(found) - expected).max() < 0.05
    assert result.method == "mse"
    assert result.calibration_samples == 40
    assert result.warnings == ()


def test_noise_is_reported_for_every_tensor() -> None:
    result = quantize(small_network(), samples(20))
    assert list(result.layer_sqnr_db) == list(small_network().types)
    assert result.sqnr_db == result.layer_sqnr_db["softmax"]
    assert all(db is not None and 15 < db < 70 for db in result.layer_sqnr_db.values())


def test_sqnr_of_an_input_is_that_of_uniform_rounding() -> None:
    """Signal 1/3, error (1/255)² / 12: 10 log10(255² · 4) = 54.2 dB."""
    graph = chain(Shape(8, 8, 3), ("y", Clip(Clamp(-1, 2)), ("x",)))
    int8 = quantize(graph, samples(4)).graph
    assert compare(graph, int8, samples(20)).layer_sqnr_db["x"] == pytest.approx(54.15, abs=0.1)


def test_quantizing_twice_gives_the_same_graph() -> None:
    assert quantize(small_network(), samples(10)).graph == quantize(small_network(), samples(10)).graph
    assert quantize(small_network(), None).graph == quantize(small_network(), None).graph


def test_without_data_the_result_says_so() -> None:
    result = quantize(small_network(), None, (-1, 1))
    verify_graph(result.graph)
    assert result.method == "synthetic"
    assert result.calibration_samples == 0
    assert result.sqnr_db is None
    assert result.warnings == (
        "ACCURACY UNVERIFIED: no calibration data was given, so the activation ranges come from made-up inputs in "
        "[-1, 1]. Expect wrong results on real data until you build with --calibration.",
    )
    assert result.graph.input_type.quantization == Quantization(2 / 255, 0)


def test_few_and_blank_samples_are_warned_about() -> None:
    result = quantize(small_network(), np.zeros((1, 8, 8, 3), np.float32))
    verify_graph(result.graph)
    assert result.warnings == (
        "few calibration samples (1): the ranges of activations may be too narrow; 100 are plenty",
        "%x is 0 for every calibration sample, so its scale is a guess",
    )


@pytest.mark.parametrize("method", CalibrationMethod)
def test_the_result_names_its_method(method: CalibrationMethod) -> None:
    result = quantize(small_network(), samples(20), method=method)
    verify_graph(result.graph)
    assert result.method == method.value
