"""fold_constant_operands: a product that never changes goes into the bias, and no other does."""

import numpy as np
import pytest

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Padding, Size2D, Window
from mcucompile.ir.tensors import Array, Shape
from mcucompile.ir.text import format_graph
from mcucompile.simplify.fold_constant_operands import fold_constant_operands
from tests.simplify.networks import ONE, SAME, VALID, chain, check_same_output, conv, depthwise, fully_connected

INPUT = Shape(3, 3, 2)
CONSTANT = 5
STEM = conv(ONE, [[1, 2], [0, 0]], [7, CONSTANT])
"""Channel 1 is CONSTANT + zero point for every input."""


def weights_and_bias(graph: Graph, name: str) -> tuple[Array, list[int]]:
    operator = graph.by_name[name].operator
    assert isinstance(operator, Conv2D | DepthwiseConv2D | FullyConnected)
    return operator.weights, operator.bias.tolist()


@pytest.mark.parametrize("zero_point", [-128, 0, 100])
def test_without_padding(zero_point: int) -> None:
    head = conv(VALID, [[1, 2], [3, -4]], [10, 20])
    before = chain(INPUT, ("stem", STEM, "x"), ("head", head, "stem"), zero_points={"stem": zero_point})
    after = fold_constant_operands(before)
    weights, bias = weights_and_bias(after, "head")
    assert not weights[..., 1].any()
    assert weights[..., 0].tolist() == head.weights[..., 0].tolist()
    assert bias == [10 + 9 * 2 * CONSTANT, 20 - 9 * 4 * CONSTANT]
    check_same_output(before, after)
    assert format_graph(after) == format_graph(before), "weights and bias change, shapes do not"
    assert fold_constant_operands(after) is after


def test_padding_holds_the_zero_point_and_not_the_constant() -> None:
    graph = chain(INPUT, ("stem", STEM, "x"), ("head", conv(SAME, [[1, 2]], [0]), "stem"))
    weights, bias = weights_and_bias(fold_constant_operands(graph), "head")
    assert weights[0, :, :, 1].tolist() == [[2, 2, 2], [2, 0, 2], [2, 2, 2]], "the middle tap never sees padding"
    assert bias == [2 * CONSTANT]
    check_same_output(graph, fold_constant_operands(graph))


def test_a_constant_zero_point_contributes_nothing_even_with_padding() -> None:
    stem = conv(ONE, [[1, 2], [0, 0]], [7, 0])
    before = chain(INPUT, ("stem", stem, "x"), ("head", conv(SAME, [[1, 2]], [3]), "stem"), zero_points={"stem": 9})
    after = fold_constant_operands(before)
    weights, bias = weights_and_bias(after, "head")
    assert not weights[..., 1].any()
    assert bias == [3]
    check_same_output(before, after)


def test_taps_that_only_see_padding() -> None:
    before = chain(Shape(1, 2, 2), ("head", conv(SAME, [[1, 2], [3, 4]], [5, 6]), "x"))
    after = fold_constant_operands(before)
    weights, bias = weights_and_bias(after, "head")
    assert not weights[:, [0, 2]].any()
    assert weights[:, 1].all()
    assert bias == [5, 6]
    check_same_output(before, after)


@pytest.mark.parametrize(("height", "is_read"), [(4, True), (5, False)])
def test_padding_that_a_stride_leaves_unread(height: int, is_read: bool) -> None:
    """Kernel 3, stride 2, a row of padding below: the last window begins at row 2 and ends with row 4."""
    window = Window(Size2D(3, 3), Size2D(2, 2), Padding(0, 1, 0, 0))
    before = chain(Shape(height, 3, 2), ("stem", STEM, "x"), ("head", conv(window, [[1, 2]], [0]), "stem"))
    assert before.types["head"].shape.h == 2
    after = fold_constant_operands(before)
    assert weights_and_bias(after, "head")[0][0, :, 0, 1].tolist() == [0, 0, 2 if is_read else 0]
    check_same_output(before, after)


def test_depthwise_and_multiplier() -> None:
    before = chain(INPUT, ("stem", STEM, "x"), ("head", depthwise(VALID, [1, 2, 3, -4], [0] * 4), "stem"))
    after = fold_constant_operands(before)
    weights, bias = weights_and_bias(after, "head")
    assert weights[0, 0].tolist() == [1, 2, 0, 0]
    assert bias == [0, 0, 9 * 3 * CONSTANT, 9 * -4 * CONSTANT]
    check_same_output(before, after)


def test_groups_read_their_own_channels() -> None:
    stem = conv(ONE, [[1, 2], [0, 0], [0, 0], [3, 4]], [0, 1, 2, 0])
    head = conv(ONE, [[1, 10], [2, 20], [3, 30], [4, 40]], [0] * 4, groups=2)
    before = chain(INPUT, ("stem", stem, "x"), ("head", head, "stem"))
    after = fold_constant_operands(before)
    weights, bias = weights_and_bias(after, "head")
    assert weights[:, 0, 0].tolist() == [[1, 0], [2, 0], [0, 30], [0, 40]]
    assert bias == [10, 20, 3 * 2, 4 * 2]
    check_same_output(before, after)


def test_fully_connected_over_pixels() -> None:
    head = fully_connected([[1, 2, 3, 4, 5, 6, 7, 8]], [0])
    before = chain(Shape(2, 2, 2), ("stem", STEM, "x"), ("head", head, "stem"))
    after = fold_constant_operands(before)
    weights, bias = weights_and_bias(after, "head")
    assert weights.tolist() == [[1, 0, 3, 0, 5, 0, 7, 0]]
    assert bias == [(2 + 4 + 6 + 8) * CONSTANT]
    check_same_output(before, after)


def test_an_accumulator_that_could_leave_32_bits_stays_as_it_was() -> None:
    room = 2**31 - 1 - 255 * 1  # for one weight of 1
    biases = [room - 2 * CONSTANT, room - 2 * CONSTANT + 1]
    graph = chain(INPUT, ("stem", STEM, "x"), ("head", conv(ONE, [[1, 2], [1, 2]], biases), "stem"))
    weights, bias = weights_and_bias(fold_constant_operands(graph), "head")
    assert weights[:, 0, 0].tolist() == [[1, 0], [1, 2]]
    assert bias == [room, biases[1]]


def test_nothing_is_constant() -> None:
    graph = chain(
        INPUT, ("stem", conv(ONE, [[1, 2], [3, 4]], [0, 0]), "x"), ("head", conv(SAME, [[1, 2]], [0]), "stem")
    )
    assert fold_constant_operands(graph) is graph
    assert np.array_equal(weights_and_bias(graph, "head")[0][0, 0, 0], [1, 2])
