"""All passes together."""

import numpy as np

from mcucompile.ir.operators import Add, Clip, Conv2D, Pad, Padding, Size2D, Window
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_graph
from mcucompile.ir.verify import verify_graph
from mcucompile.passes import PASSES, optimize
from mcucompile.passes.remove_dead_nodes import remove_dead_nodes
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import ONE, RELU, RELU6, chain
from tests.passes.cases import affine, ramp, zeros

NETWORK = chain(
    Shape(6, 6, 2),
    ("scaled", affine([2, 3], [0, 0]), ("x",)),
    ("pad", Pad(Padding(0, 1, 0, 1)), ("scaled",)),
    ("c", Conv2D(Window(Size2D(3, 3), Size2D(2, 2)), ramp(4, 3, 3, 2), zeros(4)), ("pad",)),
    ("norm", affine([1, -2, 3, -4], [1, 2, 3, 4]), ("c",)),
    ("relu", Clip(RELU), ("norm",)),
    ("six", Clip(RELU6), ("relu",)),
    ("unused", Conv2D(ONE, ramp(1, 1, 1, 4), zeros(1)), ("six",)),
    ("plus", affine([1, 1, 1, 1], [1, 2, 3, 4]), ("six",)),
    ("sum", Add(), ("six", "plus")),
    ("positive", Clip(RELU), ("sum",)),
)


def test_every_pass_leaves_a_valid_graph_with_the_same_results() -> None:
    x = np.random.default_rng(0).normal(size=(3, 6, 6, 2)).astype(np.float32)
    expected = evaluate_float(NETWORK, x)[NETWORK.output]
    graph = NETWORK
    for run in PASSES:
        graph = run(graph)
        verify_graph(graph)
        np.testing.assert_allclose(evaluate_float(graph, x)[graph.output], expected, rtol=1e-5, atol=1e-4)


def test_result() -> None:
    assert format_graph(optimize(NETWORK)) == (
        "graph net\n"
        "  %x : 6x6x2 f32\n"
        "  %c = conv2d(%x) kernel=3x3 stride=2x2 pad=0,1,0,1 weights=4x3x3x2:f32 bias=4:f32 clamp=[0, 6] : 3x3x4 f32\n"
        "  %plus = depthwise_conv2d(%c) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=1x1x4:f32 bias=4:f32 : 3x3x4 f32\n"
        "  %sum = add(%c, %plus) clamp=[0, inf] : 3x3x4 f32\n"
        "  return %sum\n"
    )


def test_optimized_again_nothing_changes() -> None:
    once = optimize(NETWORK)
    assert optimize(once) == once


def test_dead_nodes_go() -> None:
    assert "unused" not in remove_dead_nodes(NETWORK).by_name
    assert len(remove_dead_nodes(NETWORK).nodes) == len(NETWORK.nodes) - 1
