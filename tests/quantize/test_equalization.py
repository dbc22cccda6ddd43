"""Cross-layer equalization: the same function, balanced channels."""

from dataclasses import replace

import numpy as np
import pytest

from mcucompile.ir.graph import ChannelStatistics
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Clamp,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Operator,
    Size2D,
    Window,
)
from mcucompile.ir.tensors import Array, Shape
from mcucompile.quantize.channel_ranges import channel_ranges
from mcucompile.quantize.equalization import equalize
from mcucompile.reference.float32 import run_float
from tests.float_network import ONE, RELU, RELU6, THREE, chain, samples, small_network
from tests.quantize.hostile import hostile

SHAPE = Shape(8, 8, 3)


def normal(*shape: int, scale: float = 0.5) -> Array:
    return np.random.default_rng(len(shape)).normal(size=shape, scale=scale).astype(np.float32)


def mobile_chain(clamp: Clamp) -> tuple[tuple[str, Operator, tuple[str, ...]], ...]:
    """conv, depthwise, pointwise, pool, fully connected, all with `clamp`."""
    return (
        ("stem", Conv2D(THREE, normal(6, 3, 3, 3), normal(6), clamp=clamp), ("x",)),
        ("depthwise", DepthwiseConv2D(THREE, normal(3, 3, 12), normal(12), clamp), ("stem",)),
        ("pointwise", Conv2D(ONE, normal(7, 1, 1, 12), normal(7), clamp=clamp), ("depthwise",)),
        ("pool", AveragePool(Window(Size2D(4, 4), Size2D(4, 4))), ("pointwise",)),
        ("scores", FullyConnected(normal(5, 28), normal(5)), ("pool",)),
    )


@pytest.mark.parametrize("clamp", [RELU, RELU6, Clamp()])
def test_the_function_stays_the_same(clamp: Clamp) -> None:
    graph, x = chain(SHAPE, *mobile_chain(clamp)), samples(20)
    equalized = equalize(graph, channel_ranges(graph, x))
    expected = run_float(graph, x)
    np.testing.assert_allclose(run_float(equalized, x), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    assert equalized.by_name["stem"].operator != graph.by_name["stem"].operator


def test_without_an_upper_limit_it_is_the_same_for_other_inputs_too() -> None:
    graph = chain(SHAPE, *mobile_chain(RELU))
    equalized = equalize(graph, channel_ranges(graph, samples(4)))
    x = 30 * samples(8, seed=3)
    expected = run_float(graph, x)
    np.testing.assert_allclose(run_float(equalized, x), expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_channels_before_a_depthwise_layer_reach_half_as_far_at_least() -> None:
    graph, x = hostile(chain(SHAPE, *mobile_chain(RELU))), samples(20)
    before, after = (channel_ranges(g, x)["stem"].high for g in (graph, equalize(graph, channel_ranges(graph, x))))
    assert before.max() > 2 * before.min()
    expected = after.max() * np.clip((before / before.max()) ** 0.25, 0.5, 1)
    np.testing.assert_allclose(after, expected, rtol=1e-4)


def test_a_scaling_that_the_next_layer_undoes_makes_a_difference_of_two_at_most() -> None:
    graph, x = chain(SHAPE, *mobile_chain(RELU)), samples(20)
    scaled = hostile(graph)
    once, twice = (equalize(g, channel_ranges(g, x)) for g in (graph, scaled))
    for name, reached in channel_ranges(once, x).items():
        again = channel_ranges(twice, x)[name]
        ratio = np.abs(again.high).max() / np.abs(reached.high).max()
        alive = reached.high > 1e-5 * reached.high.max()
        quotient = again.high[alive] / (reached.high[alive] * ratio)
        assert np.all((quotient > 0.499) & (quotient < 2.002)), name


def test_channels_at_the_upper_limit_stay_and_others_grow_up_to_it() -> None:
    scale = np.array([0.01, 0.1, 1, 10, 100, 0.5], np.float32)
    stem = Conv2D(THREE, np.abs(normal(6, 3, 3, 3)) * scale.reshape(6, 1, 1, 1), np.zeros(6, np.float32), clamp=RELU6)
    graph = chain(SHAPE, ("stem", stem, ("x",)), *mobile_chain(RELU6)[1:])
    before = channel_ranges(graph, samples(20))
    after = channel_ranges(equalize(graph, before), samples(20))["stem"].high
    reached = before["stem"].high >= 6
    assert reached.any()
    assert not reached.all()
    np.testing.assert_allclose(after[reached], 6)
    assert np.all(after[~reached] >= before["stem"].high[~reached] * 0.9999)
    np.testing.assert_allclose(after[~reached], 6 / 1.25, rtol=1e-4)


def test_a_channel_that_was_never_seen_does_not_coarsen_the_weights_of_others() -> None:
    blind = Conv2D(ONE, normal(2, 1, 1, 3), np.array([5, -1000], np.float32), clamp=RELU)
    reader = Conv2D(ONE, np.array([[1, 1e6], [2, 0]], np.float32).reshape(2, 1, 1, 2), np.zeros(2, np.float32))
    graph = chain(SHAPE, ("blind", blind, ("x",)), ("reader", reader, ("blind",)))
    equalized = equalize(graph, channel_ranges(graph, samples(4)))
    operator = equalized.by_name["reader"].operator
    assert isinstance(operator, Conv2D)
    weights = np.abs(operator.weights.reshape(2, 2))
    assert weights[0, 1] <= weights[0, 0] * 1.0001


def test_a_tensor_with_two_readers_and_the_output_stay() -> None:
    graph = small_network()
    equalized = equalize(graph, channel_ranges(graph, samples(8)))
    assert equalized.by_name["stem"].operator != graph.by_name["depthwise"].operator
    ranges, found = (channel_ranges(g, samples(8)) for g in (graph, equalized))
    for name in ("x", "stem", "pointwise", "sum", "clip", "pool", "logits", "softmax"):
        np.testing.assert_allclose(found[name].high, ranges[name].high, rtol=1e-4, atol=1e-5)
    assert isinstance(equalized.by_name["sum"].operator, Add)


def test_statistics_follow_their_tensor() -> None:
    graph = chain(SHAPE, *mobile_chain(RELU))
    stem = replace(graph.by_name["stem"], statistics=ChannelStatistics(np.arange(6.0), np.ones(6)))
    graph = graph.with_nodes([stem, *graph.nodes[1:]])
    ranges = channel_ranges(graph, samples(20))
    equalized = equalize(graph, ranges)
    scale = channel_ranges(equalized, samples(20))["stem"].high / ranges["stem"].high
    found = equalized.by_name["stem"].statistics
    assert found is not None
    np.testing.assert_allclose(found.mean, np.arange(6) * scale, rtol=1e-4)
    np.testing.assert_allclose(found.deviation, scale, rtol=1e-4)
