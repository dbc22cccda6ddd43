"""fold_hard_sigmoid, and what the passes make of squeeze-and-excite together."""

from dataclasses import replace

import numpy as np
import pytest

from mcucompile.ir.functions import HardSigmoid, Sigmoid
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Mul,
    Operator,
    Size2D,
    Window,
)
from mcucompile.ir.tensors import Quantization, Shape
from mcucompile.ir.text import format_graph
from mcucompile.passes import optimize
from mcucompile.passes.fold_hard_sigmoid import fold_hard_sigmoid
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import ONE, RELU, chain
from tests.passes.cases import ramp, zeros

INPUT = Shape(2, 2, 2)
GATE = Elementwise(HardSigmoid(0.2, 0.5))
POINTWISE = Conv2D(ONE, ramp(2, 1, 1, 2), ramp(2))


@pytest.mark.parametrize(
    "layer",
    [POINTWISE, DepthwiseConv2D(ONE, ramp(1, 1, 2), ramp(2)), FullyConnected(ramp(2, 8), ramp(2))],
    ids=lambda layer: layer.mnemonic,
)
def test_it_becomes_the_clamp_of_the_layer_before(layer: Operator) -> None:
    before = chain(INPUT, ("layer", layer, ("x",)), ("gate", GATE, ("layer",)))
    after = optimize(before)
    (only,) = after.nodes
    assert getattr(only.operator, "clamp", None) == (0, 1)
    x = np.random.default_rng(0).normal(size=(20, *INPUT)).astype(np.float32)
    expected = evaluate_float(before, x)["gate"]
    assert np.count_nonzero((expected > 0) & (expected < 1)) > 0
    np.testing.assert_allclose(evaluate_float(after, x)[after.output], expected, atol=1e-6)


def test_it_stays_where_the_layer_cannot_take_it() -> None:
    layer = ("layer", POINTWISE, ("x",))
    gate = ("gate", GATE, ("layer",))
    shared = chain(INPUT, layer, gate, ("y", Add(), ("layer", "gate")))
    clamped = chain(INPUT, ("layer", replace(POINTWISE, clamp=RELU), ("x",)), gate)
    other = chain(INPUT, layer, ("gate", Elementwise(Sigmoid()), ("layer",)))
    of_input = chain(INPUT, ("gate", GATE, ("x",)))
    of_sum = chain(INPUT, ("sum", Add(), ("x", "x")), ("gate", GATE, ("sum",)))
    given = chain(INPUT, layer, gate)
    rounded = replace(given.nodes[0], type=replace(given.nodes[0].type, given=Quantization(0.1, 0)))
    given = given.with_nodes([rounded, given.nodes[1]])
    for graph in (shared, clamped, other, of_input, of_sum, given):
        assert fold_hard_sigmoid(graph) == graph


def test_squeeze_and_excite_printed() -> None:
    graph = chain(
        INPUT,
        ("pool", AveragePool(Window(Size2D(2, 2))), ("x",)),
        ("reduce", Conv2D(ONE, ramp(1, 1, 1, 2), zeros(1), clamp=RELU), ("pool",)),
        ("expand", Conv2D(ONE, ramp(2, 1, 1, 1), zeros(2)), ("reduce",)),
        ("gate", GATE, ("expand",)),
        ("scaled", Mul(), ("x", "gate")),
    )
    assert format_graph(optimize(graph)) == (
        "graph net\n"
        "  %x : 2x2x2 f32\n"
        "  %pool = average_pool(%x) kernel=2x2 stride=1x1 pad=0,0,0,0 : 1x1x2 f32\n"
        "  %reduce = conv2d(%pool) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=1x1x1x2:f32 bias=1:f32 clamp=[0, inf]"
        " : 1x1x1 f32\n"
        "  %expand = conv2d(%reduce) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=2x1x1x1:f32 bias=2:f32 clamp=[0, 1]"
        " : 1x1x2 f32\n"
        "  %scaled = mul(%x, %expand) : 2x2x2 f32\n"
        "  return %scaled\n"
    )
