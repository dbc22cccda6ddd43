"""Quantization without data: batch normalization's statistics, through passes, into ranges and biases."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcucompile.importer import import_onnx
from mcucompile.ir.functions import HardSwish
from mcucompile.ir.graph import ChannelStatistics, Graph
from mcucompile.ir.operators import Concat, Conv2D, DepthwiseConv2D, Elementwise, FullyConnected, Size2D, Window
from mcucompile.ir.tensors import Array, Quantization, Shape
from mcucompile.ir.verify import verify_graph
from mcucompile.passes import optimize
from mcucompile.quantize import quantize
from mcucompile.quantize.bias_correction import correct_biases
from mcucompile.quantize.channel_ranges import ChannelRange
from mcucompile.quantize.data_free import data_free_ranges
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.reach import widen_to_reach
from mcucompile.quantize.weights import quantize_weights
from mcucompile.reference.evaluate import run_int8
from mcucompile.reference.float32 import evaluate_float, run_float
from tests.float_network import ONE, RELU6, THREE, chain
from tests.quantize.hostile import hostile

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
SHAPE = Shape(8, 8, 3)


def digits() -> Graph:
    return optimize(import_onnx(DIGITS / "digits.onnx"))


def read(name: str, count: int) -> tuple[Array, Array]:
    with np.load(DIGITS / name) as arrays:
        return arrays["x"][:count].astype(np.float32) / 255, arrays["y"][:count]


def normal(*shape: int) -> Array:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def with_statistics() -> Graph:
    statistics = ChannelStatistics(np.array([0.0, 1, 5, -2]), np.array([0.1, 1, 2, 0.5]))
    graph = chain(
        SHAPE,
        ("stem", Conv2D(THREE, normal(4, 3, 3, 3), normal(4), clamp=RELU6), ("x",)),
        ("linear", Conv2D(ONE, normal(4, 1, 1, 4), normal(4)), ("stem",)),
        ("swish", Elementwise(HardSwish()), ("linear",)),
        ("both", Concat(), ("stem", "swish")),
        ("scores", FullyConnected(normal(5, 512), normal(5)), ("both",)),
    )
    stem, linear, *others = graph.nodes
    return graph.with_nodes([replace(stem, statistics=statistics), replace(linear, statistics=statistics), *others])


def test_passes_keep_the_statistics_of_batch_normalization() -> None:
    weighted = [n for n in digits() if isinstance(n.operator, Conv2D | DepthwiseConv2D)]
    assert all(node.statistics is not None for node in weighted)
    x, _ = read("calibration.npz", 100)
    unclamped = [replace(n, operator=replace(n.operator, clamp=RELU6)) for n in weighted[:1]]
    first = digits().with_nodes(unclamped, unclamped[0].name)
    statistics = weighted[0].statistics
    assert statistics is not None
    seen = evaluate_float(first, x)[first.output].mean(axis=(0, 1, 2))
    sampled = np.random.default_rng(0).normal(size=(20_000, 1)) * statistics.deviation + statistics.mean
    np.testing.assert_allclose(seen, np.clip(sampled, 0, 6).mean(axis=0), rtol=0.35, atol=0.15)


def test_ranges_follow_from_the_statistics() -> None:
    found = data_free_ranges(with_statistics(), Range(0, 1))
    np.testing.assert_allclose(found["stem"].low, 0)
    np.testing.assert_allclose(found["stem"].high, [0.6, 6, 6, 1])
    np.testing.assert_allclose(found["linear"].low, [-0.6, -5, -7, -5])
    np.testing.assert_allclose(found["linear"].high, [0.6, 7, 17, 1])
    np.testing.assert_allclose(found["linear"].mean, [0, 1, 5, -2], atol=1e-3)
    np.testing.assert_allclose(found["swish"].high, [0.36, 7, 17, 2 / 3], atol=1e-3)
    np.testing.assert_allclose(found["swish"].low[1:], -0.375, atol=1e-3)
    np.testing.assert_allclose(found["both"].high, [*found["stem"].high, *found["swish"].high])
    np.testing.assert_allclose(found["x"].high, 1)


def test_the_result_says_where_its_ranges_come_from() -> None:
    result = quantize(with_statistics(), None)
    verify_graph(result.graph)
    assert result.method == "batch-norm statistics"
    assert result.warnings == (
        "ACCURACY UNVERIFIED: no calibration data was given, so the activation ranges come from batch normalization's "
        "statistics, and from made-up inputs in [0, 1] where there are none. Check the accuracy with mcucompile run, "
        "or build with --calibration.",
    )
    assert all(node.statistics is None for node in result.graph)


@pytest.mark.parametrize(
    ("operator", "c"),
    [
        (Conv2D(ONE, normal(6, 1, 1, 2), normal(6), groups=2), 4),
        (Conv2D(ONE, normal(6, 1, 1, 4), normal(6)), 4),
        (DepthwiseConv2D(Window(Size2D(2, 2)), normal(2, 2, 8), normal(8)), 4),
        (FullyConnected(normal(6, 16), normal(6)), 4),
    ],
    ids=["grouped", "pointwise", "depthwise", "fully connected"],
)
def test_corrected_biases_undo_the_mean_error(operator: Conv2D, c: int) -> None:
    """A constant input shows the whole error."""
    graph = chain(Shape(2, 2, c), ("y", operator, ("x",)))
    mean = np.array([1.0, 2, 3, 0.5])
    x = np.broadcast_to(mean, (1, 2, 2, c)).astype(np.float32)
    quantizations = {"x": Quantization(0.1, 0), "y": Quantization(0.1, 0)}
    corrected = correct_biases(graph, {"x": mean}, quantizations)
    layer = graph.nodes[0].operator
    assert isinstance(layer, Conv2D | DepthwiseConv2D | FullyConnected)
    axis = 2 if isinstance(layer, DepthwiseConv2D) else 0
    found = quantize_weights(layer.weights, layer.bias, axis, quantizations["x"], quantizations["y"])
    steps = found.factor if axis == 2 else found.factor.reshape(-1, *(1,) * (layer.weights.ndim - 1))
    rounded = replace(corrected.nodes[0].operator, weights=(found.weights * steps).astype(np.float32))
    after = corrected.with_nodes([replace(corrected.nodes[0], operator=rounded)])
    np.testing.assert_allclose(run_float(after, x), run_float(graph, x), rtol=1e-5, atol=1e-5)
    assert np.abs(corrected.nodes[0].operator.bias - layer.bias).max() > 1e-4


def test_without_statistics_channels_are_told_apart_by_their_weights() -> None:
    graph = chain(
        SHAPE,
        ("stem", Conv2D(ONE, np.array([[3, 4, 0], [-1, 0, 0]], np.float32).reshape(2, 1, 1, 3), normal(2), 1), ("x",)),
        ("depthwise", DepthwiseConv2D(ONE, np.array([[[2.0, -6]]], np.float32), normal(2), RELU6), ("stem",)),
    )
    ones = ChannelRange(np.full(3, -0.5), np.ones(3), np.zeros(3))
    quiet = ChannelRange(np.zeros(2), np.full(2, 0.1), np.zeros(2))
    found = widen_to_reach(graph, {"x": ones, "stem": quiet, "depthwise": quiet})
    bias = np.abs(normal(2))
    np.testing.assert_allclose(found["stem"].high, np.array([5, 1]) + bias, rtol=1e-6)
    np.testing.assert_allclose(found["depthwise"].high, np.array([0.2, 0.6]) + bias, rtol=1e-6)


@pytest.mark.parametrize("source", ["samples", "statistics", "nothing"])
def test_a_hostile_model_stays_within_a_point_of_float(source: str) -> None:
    graph = hostile(digits())
    if source == "nothing":
        graph = graph.with_nodes([replace(node, statistics=None) for node in graph])
    x, labels = read("test.npz", 360)
    result = quantize(graph, read("calibration.npz", 100)[0] if source == "samples" else None)
    verify_graph(result.graph)
    expected = run_float(graph, x).argmax(axis=-1).ravel()
    found = run_int8(result.graph, result.graph.input_type.quantized().quantize(x)).argmax(axis=-1).ravel()
    assert (found == labels).mean() >= (expected == labels).mean() - 0.01
    assert (found == expected).mean() >= 0.99
