"""The four passes on channel_affine: input graph and expected graph, and the numbers by the float reference."""

from dataclasses import replace

import numpy as np
import pytest

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Add, AveragePool, Conv2D, DepthwiseConv2D, FullyConnected, Operator, Size2D, Window
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_graph
from mcucompile.ir.verify import verify_graph
from mcucompile.passes.fold_affine_into_producer import fold_affine_into_producer
from mcucompile.passes.fold_affine_into_readers import fold_affine_into_readers
from mcucompile.passes.merge_channel_affines import merge_channel_affines
from mcucompile.passes.replace_affines import replace_affines
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import ONE, RELU, THREE, chain
from tests.passes.cases import affine, ramp, zeros

INPUT = Shape(4, 4, 2)
HALF = affine([0.5, -2], [1, -1])
UNSHIFTED = affine([0.5, -2], [0, 0])
UNPADDED = Window(Size2D(3, 3))
POINTWISE = Conv2D(ONE, ramp(2, 1, 1, 2), ramp(2))
LAYERS: dict[str, Operator] = {
    "conv": Conv2D(UNPADDED, ramp(4, 3, 3, 2), ramp(4)),
    "grouped conv": Conv2D(UNPADDED, ramp(6, 3, 3, 1), ramp(6), groups=2),
    "depthwise": DepthwiseConv2D(UNPADDED, ramp(3, 3, 2), ramp(2)),
    "depthwise, multiplier 3": DepthwiseConv2D(UNPADDED, ramp(3, 3, 6), ramp(6)),
    "fully connected": FullyConnected(ramp(3, 32), ramp(3)),
}


def assert_same_numbers(before: Graph, after: Graph) -> None:
    verify_graph(after)
    x = np.random.default_rng(0).normal(size=(2, *before.input_type.shape)).astype(np.float32)
    expected, found = (evaluate_float(graph, x)[graph.output] for graph in (before, after))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


def mnemonics(graph: Graph) -> list[str]:
    return [node.operator.mnemonic for node in graph]


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_into_the_layer_before(layer: Operator) -> None:
    before = chain(INPUT, ("layer", layer, ("x",)))
    channels = before.output_type.shape.c
    scaled = affine([1.5 - c for c in range(channels)], [float(c) for c in range(channels)])
    before = chain(INPUT, ("layer", layer, ("x",)), ("norm", scaled, ("layer",)))
    after = fold_affine_into_producer(before)
    assert mnemonics(after) == [layer.mnemonic]
    assert_same_numbers(before, after)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_into_the_layer_behind(layer: Operator) -> None:
    before = chain(INPUT, ("norm", HALF, ("x",)), ("layer", layer, ("norm",)))
    after = fold_affine_into_readers(before)
    assert mnemonics(after) == [layer.mnemonic]
    assert_same_numbers(before, after)


def test_names_and_parameters_after_folding() -> None:
    graph = chain(INPUT, ("conv", POINTWISE, ("x",)), ("norm", HALF, ("conv",)), ("sum", Add(), ("norm", "x")))
    graph = graph.with_nodes([replace(node, parameters=10**i) for i, node in enumerate(graph)])
    after = fold_affine_into_producer(graph)
    assert format_graph(after) == (
        "graph net\n"
        "  %x : 4x4x2 f32\n"
        "  %conv = conv2d(%x) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=2x1x1x2:f32 bias=2:f32 : 4x4x2 f32\n"
        "  %sum = add(%conv, %x) : 4x4x2 f32\n"
        "  return %sum\n"
    )
    assert [node.parameters for node in after] == [11, 100]


def test_not_into_a_layer_that_clamps_or_that_others_read() -> None:
    clamped = chain(INPUT, ("conv", replace(POINTWISE, clamp=RELU), ("x",)), ("norm", HALF, ("conv",)))
    shared = chain(INPUT, ("conv", POINTWISE, ("x",)), ("norm", HALF, ("conv",)), ("sum", Add(), ("conv", "norm")))
    shown = chain(INPUT, ("conv", POINTWISE, ("x",)), ("norm", HALF, ("conv",)))
    shown = replace(shown, output="conv")
    for graph in (clamped, shared, shown):
        assert fold_affine_into_producer(graph) == graph


def test_not_behind_if_there_is_an_offset_and_padding() -> None:
    padded = Conv2D(THREE, ramp(4, 3, 3, 2), zeros(4))
    graph = chain(INPUT, ("norm", HALF, ("x",)), ("conv", padded, ("norm",)))
    assert fold_affine_into_readers(graph) == graph

    before = chain(INPUT, ("norm", UNSHIFTED, ("x",)), ("conv", padded, ("norm",)))
    after = fold_affine_into_readers(before)
    assert mnemonics(after) == ["conv2d"]
    assert_same_numbers(before, after)


def test_behind_only_if_all_readers_take_it() -> None:
    before = chain(
        INPUT,
        ("norm", HALF, ("x",)),
        ("left", POINTWISE, ("norm",)),
        ("right", POINTWISE, ("norm",)),
        ("sum", Add(), ("left", "right")),
    )
    after = fold_affine_into_readers(before)
    assert mnemonics(after) == ["conv2d", "conv2d", "add"]
    assert_same_numbers(before, after)

    with_pool = chain(
        INPUT,
        ("norm", HALF, ("x",)),
        ("left", POINTWISE, ("norm",)),
        ("right", AveragePool(ONE), ("norm",)),
        ("sum", Add(), ("left", "right")),
    )
    assert fold_affine_into_readers(with_pool) == with_pool


def test_neighbours_merge_and_one_that_does_nothing_goes() -> None:
    before = chain(
        INPUT,
        ("nothing", affine([1, 1], [0, 0]), ("x",)),
        ("first", HALF, ("nothing",)),
        ("second", affine([3, 4], [5, 6]), ("first",)),
        ("third", affine([1, 2], [1, 0]), ("second",)),
    )
    after = merge_channel_affines(before)
    assert format_graph(after) == (
        "graph net\n"
        "  %x : 4x4x2 f32\n"
        "  %first = channel_affine(%x) scale=2:f32 offset=2:f32 : 4x4x2 f32\n"
        "  return %first\n"
    )
    assert_same_numbers(before, after)


def test_neighbours_that_others_read_do_not_merge() -> None:
    graph = chain(INPUT, ("a", HALF, ("x",)), ("b", UNSHIFTED, ("a",)), ("sum", Add(), ("a", "b")))
    assert merge_channel_affines(graph) == graph


def test_what_scales_all_channels_alike_becomes_elementwise() -> None:
    before = chain(INPUT, ("norm", affine([3, 3], [-1, -1]), ("x",)))
    after = replace_affines(before)
    assert "%norm = elementwise(%x) function=affine(scale=3, offset=-1) : 4x4x2 f32" in format_graph(after)
    assert_same_numbers(before, after)


def test_what_is_left_becomes_a_depthwise_convolution() -> None:
    before = chain(INPUT, ("norm", HALF, ("x",)))
    after = replace_affines(before)
    assert format_graph(after) == (
        "graph net\n"
        "  %x : 4x4x2 f32\n"
        "  %norm = depthwise_conv2d(%x) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=1x1x2:f32 bias=2:f32 : 4x4x2 f32\n"
        "  return %norm\n"
    )
    assert_same_numbers(before, after)
