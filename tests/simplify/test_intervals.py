"""The interval analysis: never too narrow, and exact for a single layer."""

from itertools import product

import numpy as np
import pytest

from mcucompile.ir.operators import AveragePool, Clamp, Concat, MaxPool, Operator, Padding, Size2D, Window
from mcucompile.ir.tensors import Shape
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.simplify.intervals import channel_intervals
from mcucompile.simplify.taps import taps_of
from tests.simplify.networks import (
    INT8,
    ONE,
    SAME,
    VALID,
    add,
    chain,
    conv,
    depthwise,
    fully_connected,
    lookup,
    mul,
    pool,
    softmax,
    with_factor,
)

NARROW = Clamp(-20, 30)
SLOW = [2**30] * 2, [-3, -4]


@pytest.mark.parametrize(
    ("operator", "low", "high"),
    [
        (conv(ONE, [[1, 0], [-1, 0]], [0, 0], NARROW), [-20, -20], [30, 30]),
        (conv(ONE, [[1, 0], [-1, 0]], [-3, 4]), [-128, -123], [124, 127]),
        (with_factor(conv(ONE, [[1, 2], [1, -2]], [16, 0]), *SLOW), [-23, -12], [25, 12]),
        (depthwise(SAME, [0, 1], [5, 0]), [5, -128], [5, 127]),
        (with_factor(conv(VALID, [[1, 1]] * 2, [0, 0]), *SLOW), [-128, -72], [127, 71]),
        (pool(ONE, NARROW), [-20, -20], [30, 30]),
        (lookup(lambda v: max(v, 7)), [7, 7], [127, 127]),
        (lookup(lambda v: (v * v) % 50), [0, 0], [49, 49]),
        (softmax(), [-128, -128], [127, 127]),
        (fully_connected([[0] * 18, [1] + [0] * 17], [9, 0]), [9, -128], [9, 127]),
    ],
    ids=lambda value: value.mnemonic if isinstance(value, Operator) else "",
)
def test_one_layer(operator: Operator, low: list[int], high: list[int]) -> None:
    interval = channel_intervals(chain(Shape(3, 3, 2), ("layer", operator, "x")))["layer"]
    assert (interval.low.tolist(), interval.high.tolist()) == (low, high)


def test_through_a_graph() -> None:
    graph = chain(
        Shape(3, 3, 2),
        ("narrow", conv(ONE, [[1, 0], [0, 1]], [0, 0], Clamp(3, 10)), "x"),
        ("plus", conv(ONE, [[1, 0], [1, -1]], [1, 0]), "narrow"),
        ("padded", depthwise(SAME, [1, 2], [0, 0]), "narrow"),
        ("sum", add(), "narrow plus"),
        ("mean", pool(VALID), "sum"),
        ("product", mul(), "plus mean"),
        ("high", MaxPool(VALID, Clamp(8, 127)), "plus"),
        ("both", Concat(), "high mean"),
    )
    intervals = {
        name: list(zip(*map(np.ndarray.tolist, i), strict=True)) for name, i in channel_intervals(graph).items()
    }
    assert intervals["narrow"] == [(3, 10), (3, 10)]
    assert intervals["plus"] == [(4, 11), (-7, 7)]
    assert intervals["padded"] == [(3, 90), (6, 127)]
    assert intervals["sum"] == intervals["mean"] == [(7, 21), (-4, 17)]
    assert intervals["product"] == [(2, 15), (-7, 8)]
    assert intervals["high"] == [(8, 11), (8, 8)]
    assert intervals["both"] == [(8, 11), (8, 8), (7, 21), (-4, 17)]
    x = np.random.default_rng(0).integers(-128, 128, (50, 3, 3, 2)).astype(np.int8)
    for name, tensor in evaluate_int8(graph, x).items():
        values = tensor.reshape(-1, tensor.shape[-1])
        assert np.all(values.min(axis=0) >= [low for low, _ in intervals[name]])
        assert np.all(values.max(axis=0) <= [high for _, high in intervals[name]])


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (1, 2, 0, 3), (2, 0, 3, 1), (2, 2, 2, 2)])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_taps(stride: int, dilation: int, padding: tuple[int, int, int, int]) -> None:
    """Each tap against every place it comes to."""
    window = Window(Size2D(2, 3), Size2D(stride, stride), Padding(*padding), Size2D(dilation, dilation))
    for source in (Shape(5, 5, 1), Shape(6, 5, 1), Shape(3, 6, 1)):
        height, width = window.output_size(Size2D(source.h, source.w))
        see_input, see_padding = [], []
        for row, column in product(range(2), range(3)):
            rows = [i * stride - padding[0] + row * dilation for i in range(height)]
            columns = [j * stride - padding[2] + column * dilation for j in range(width)]
            inside = [0 <= y < source.h and 0 <= x < source.w for y in rows for x in columns]
            see_input.append(any(inside))
            see_padding.append(not all(inside))
        taps = taps_of(AveragePool(window, INT8), source, Shape(height, width, 1))
        assert (taps.see_input.tolist(), taps.see_padding.tolist()) == (see_input, see_padding)
