"""fold_pad: input graph and expected graph."""

from dataclasses import replace

import numpy as np
import pytest

from mcucompile.errors import UnsupportedModelError
from mcucompile.ir.operators import AveragePool, Clip, Conv2D, DepthwiseConv2D, Pad, Padding, Size2D, Window
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_graph
from mcucompile.passes.fold_pad import fold_pad
from tests.float_network import HALVING, RELU, THREE, chain
from tests.passes.cases import ramp, zeros

CONV = Conv2D(HALVING, ramp(4, 3, 3, 2), zeros(4))
DEPTHWISE = DepthwiseConv2D(THREE, ramp(3, 3, 2), zeros(2))
PAD = Pad(Padding(1, 2, 3, 4))


def test_into_every_convolution_that_reads_it() -> None:
    graph = chain(
        Shape(6, 6, 2),
        ("pad", PAD, ("x",)),
        ("dw", DEPTHWISE, ("pad",)),
        ("conv", CONV, ("dw",)),
        ("again", PAD, ("conv",)),
        ("twice", PAD, ("again",)),
        ("last", Conv2D(Window(Size2D(1, 1)), ramp(1, 1, 1, 4), zeros(1)), ("twice",)),
    )
    assert format_graph(fold_pad(graph)) == (
        "graph net\n"
        "  %x : 6x6x2 f32\n"
        "  %dw = depthwise_conv2d(%x) kernel=3x3 stride=1x1 pad=2,3,4,5 weights=3x3x2:f32 bias=2:f32 : 9x13x2 f32\n"
        "  %conv = conv2d(%dw) kernel=3x3 stride=2x2 pad=0,1,0,1 weights=4x3x3x2:f32 bias=4:f32 : 4x6x4 f32\n"
        "  %last = conv2d(%conv) kernel=1x1 stride=1x1 pad=2,4,6,8 weights=1x1x1x4:f32 bias=1:f32 : 10x20x1 f32\n"
        "  return %last\n"
    )


def test_all_pads_that_stay_are_reported() -> None:
    graph = chain(
        Shape(6, 6, 2),
        ("pad", PAD, ("x",)),
        ("pool", AveragePool(Window(Size2D(2, 2))), ("pad",)),
        ("clip", Clip(RELU), ("pool",)),
        ("again", PAD, ("clip",)),
    )
    graph = graph.with_nodes([replace(n, origin=f"/{n.name} ({type(n.operator).__name__})") for n in graph])
    with pytest.raises(UnsupportedModelError) as caught:
        fold_pad(graph)
    allowed_and_remedy = (
        "  allowed  padding that only convolutions read\n"
        "  do       pad inside the convolution; a pool that counts padding must become one without padding"
    )
    assert str(caught.value) == (
        "not supported: net: node /pad (Pad)\n"
        f"  found    padding that is read by /pool (AveragePool)\n{allowed_and_remedy}\n"
        "not supported: net: node /again (Pad)\n"
        f"  found    padding that is read by nothing: it is the output\n{allowed_and_remedy}"
    )


def test_weights_are_left_alone() -> None:
    graph = fold_pad(chain(Shape(6, 6, 2), ("pad", PAD, ("x",)), ("conv", CONV, ("pad",))))
    operator = graph.nodes[0].operator
    assert isinstance(operator, Conv2D)
    assert np.array_equal(operator.weights, CONV.weights)
