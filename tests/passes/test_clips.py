"""fuse_clip and remove_idle_clips: input graph and expected graph."""

from dataclasses import replace

import numpy as np
import pytest

from mcucompile.ir.functions import HardSwish, Sigmoid, Tanh
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Clamp,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    MaxPool,
    Mul,
    Operator,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_graph
from mcucompile.passes.fuse_clip import fuse_clip
from mcucompile.passes.remove_idle_clips import remove_idle_clips
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import ONE, RELU, RELU6, chain
from tests.passes.cases import ramp, zeros

INPUT = Shape(4, 4, 2)
POINTWISE = Conv2D(ONE, ramp(2, 1, 1, 2), zeros(2))
POOL = AveragePool(Window(Size2D(2, 2)))
LAYERS: tuple[Operator, ...] = (
    POINTWISE,
    DepthwiseConv2D(ONE, ramp(1, 1, 2), zeros(2)),
    FullyConnected(ramp(3, 32), zeros(3)),
    POOL,
    MaxPool(Window(Size2D(2, 2))),
    Clip(Clamp(-1, 3)),
)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.mnemonic)
def test_into_the_layer_before(layer: Operator) -> None:
    before = chain(INPUT, ("layer", layer, ("x",)), ("relu", Clip(RELU), ("layer",)), ("six", Clip(RELU6), ("relu",)))
    after = fuse_clip(before)
    assert [node.name for node in after] == ["layer"]
    assert after.output == "layer"
    x = np.random.default_rng(0).normal(scale=5, size=(2, *INPUT)).astype(np.float32)
    assert np.array_equal(evaluate_float(before, x)["six"], evaluate_float(after, x)["layer"])


def test_into_a_product() -> None:
    before = chain(INPUT, ("squares", Mul(), ("x", "x")), ("six", Clip(RELU6), ("squares",)))
    (only,) = fuse_clip(before).nodes
    assert only.operator == Mul(RELU6)


def test_printed() -> None:
    graph = chain(INPUT, ("conv", POINTWISE, ("x",)), ("sum", Add(), ("conv", "x")), ("six", Clip(RELU6), ("sum",)))
    assert format_graph(fuse_clip(graph)) == (
        "graph net\n"
        "  %x : 4x4x2 f32\n"
        "  %conv = conv2d(%x) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=2x1x1x2:f32 bias=2:f32 : 4x4x2 f32\n"
        "  %sum = add(%conv, %x) clamp=[0, 6] : 4x4x2 f32\n"
        "  return %sum\n"
    )


def test_a_clip_stays_where_its_layer_has_another_reader() -> None:
    shared = chain(
        INPUT, ("conv", POINTWISE, ("x",)), ("clip", Clip(RELU), ("conv",)), ("sum", Add(), ("conv", "clip"))
    )
    shown = replace(chain(INPUT, ("conv", POINTWISE, ("x",)), ("clip", Clip(RELU), ("conv",))), output="conv")
    of_input = chain(INPUT, ("clip", Clip(RELU), ("x",)))
    of_softmax = chain(INPUT, ("softmax", Softmax(), ("x",)), ("clip", Clip(Clamp(0.25, 0.5)), ("softmax",)))
    of_concat = chain(INPUT, ("twice", Concat(), ("x", "x")), ("clip", Clip(RELU), ("twice",)))
    of_function = chain(INPUT, ("swish", Elementwise(HardSwish()), ("x",)), ("clip", Clip(RELU), ("swish",)))
    for graph in (shared, shown, of_input, of_softmax, of_concat, of_function):
        assert fuse_clip(graph) == graph


def clips(graph: Graph) -> list[str]:
    return [node.name for node in remove_idle_clips(graph) if isinstance(node.operator, Clip)]


def test_clips_that_never_bite_go() -> None:
    graph = chain(
        INPUT,
        ("conv", replace(POINTWISE, clamp=RELU6), ("x",)),
        ("idle", Clip(Clamp(-1, 6)), ("conv",)),
        ("pool", POOL, ("idle",)),
        ("idle_too", Clip(RELU6), ("pool",)),
        ("bites", Clip(Clamp(0, 5)), ("idle_too",)),
        ("sum", Add(), ("bites", "idle_too")),
        ("eleven", Clip(Clamp(0, 11)), ("sum",)),
        ("ten", Clip(Clamp(0, 10)), ("eleven",)),
        ("half", Clip(Clamp(0.5, 10)), ("ten",)),
        ("softmax", Softmax(), ("half",)),
        ("one", Clip(Clamp(0, 1)), ("softmax",)),
    )
    assert clips(graph) == ["bites", "ten", "half"]
    assert remove_idle_clips(graph).output == "softmax"


def test_limits_of_functions_pools_and_concat() -> None:
    graph = chain(
        INPUT,
        ("sigmoid", Elementwise(Sigmoid()), ("x",)),
        ("idle", Clip(RELU), ("sigmoid",)),
        ("tanh", Elementwise(Tanh()), ("idle",)),
        ("joined", Concat(), ("sigmoid", "tanh")),
        ("one", Clip(Clamp(-1, 1)), ("joined",)),
        ("largest", MaxPool(Window(Size2D(2, 2))), ("one",)),
        ("one_too", Clip(Clamp(-1, 1)), ("largest",)),
        ("bites", Clip(Clamp(-0.5, 1)), ("one_too",)),
        ("product", Mul(), ("bites", "bites")),
        ("unknown", Clip(RELU), ("product",)),
        ("swish", Elementwise(HardSwish()), ("unknown",)),
        ("unknown_too", Clip(RELU), ("swish",)),
    )
    assert clips(graph) == ["bites", "unknown", "unknown_too"]


def test_clips_of_unknown_values_stay() -> None:
    graph = chain(INPUT, ("relu", Clip(RELU), ("x",)), ("conv", POINTWISE, ("relu",)), ("again", Clip(RELU), ("conv",)))
    assert clips(graph) == ["relu", "again"]
