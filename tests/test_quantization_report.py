"""The quantization section of report.json: each number against what it says it is."""

import numpy as np
import pytest

from mcucompile.ir.operators import DepthwiseConv2D
from mcucompile.quantization_report import costly_layers, quantization_report
from mcucompile.quantize import Effort, QuantizationResult, quantize
from tests.float_network import samples, small_network


@pytest.fixture(scope="module")
def result() -> QuantizationResult:
    labels = np.arange(20) % 5
    return quantize(small_network(), samples(20), effort=Effort.HIGH, labels=labels)


def test_every_tensor_has_a_row_with_its_range_and_noise(result: QuantizationResult) -> None:
    layers = quantization_report(result)["layers"]
    assert [layer["name"] for layer in layers] == list(result.graph.types)
    stem = layers[1]
    assert stem["op"] == "conv2d"
    assert stem["range"] == pytest.approx([0, stem["scale"] * 255])
    assert stem["sqnr_db"] == result.layer_sqnr_db["stem"]
    assert stem["loss_db"] == pytest.approx(layers[0]["sqnr_db"] - stem["sqnr_db"])


def test_weights_are_given_in_real_units() -> None:
    result = quantize(small_network(), samples(20), effort=Effort.LOW)
    float_weights = small_network().by_name["depthwise"].operator
    assert isinstance(float_weights, DepthwiseConv2D)
    row = quantization_report(result)["layers"][2]["weights"]
    per_channel = np.abs(float_weights.weights).max(axis=(0, 1)) / 127
    assert row["scales"] == pytest.approx([per_channel.min(), per_channel.max()], rel=1e-4)
    found = [float_weights.weights.min(), float_weights.weights.max()]
    assert row["range"] == pytest.approx(found, abs=float(per_channel.max()))


def test_classes_are_compared_with_the_float_graph_and_the_labels(result: QuantizationResult) -> None:
    section = quantization_report(result)
    assert (section["effort"], section["method"], section["calibration_samples"]) == ("high", result.method, 20)
    top1 = section["top1"]
    assert top1["samples"] == 20
    assert top1["agreement"] >= 0.9
    assert abs(top1["float_accuracy"] - top1["int8_accuracy"]) <= 1 - top1["agreement"]


def test_the_costly_layers_are_those_that_lose_most(result: QuantizationResult) -> None:
    section = quantization_report(result)
    worst = max(layer["loss_db"] for layer in section["layers"] if layer["loss_db"] is not None)
    costly = costly_layers(section)
    assert len(costly) <= 3
    assert costly[0][1] == worst
    assert [loss for _, loss in costly] == sorted((loss for _, loss in costly), reverse=True)


def test_without_data_nothing_is_measured() -> None:
    section = quantization_report(quantize(small_network(), None))
    assert (section["sqnr_db"], section["top1"], costly_layers(section)) == (None, None, [])
