"""silence_constant_channels: what a clamp or a zero factor makes constant needs no weights."""

from typing import TypeVar

from mcucompile.ir.operators import Clamp, Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Shape
from mcucompile.simplify.silence_constant_channels import silence_constant_channels
from tests.simplify.networks import ONE, SAME, chain, check_same_output, conv, depthwise, fully_connected, with_factor

INPUT = Shape(2, 2, 2)


Layer = TypeVar("Layer", Conv2D, DepthwiseConv2D, FullyConnected)


def silenced(operator: Layer, zero_points: dict[str, int] | None = None) -> Layer:
    """The layer after the rewrite, in a graph of its own."""
    before = chain(INPUT, ("layer", operator, "x"), zero_points=zero_points)
    after = silence_constant_channels(before)
    check_same_output(before, after)
    assert silence_constant_channels(after) is after
    result = after.by_name["layer"].operator
    assert isinstance(result, type(operator))
    return result


def test_a_clamp_that_is_always_reached() -> None:
    """Sums reach from -2 · 128 to 2 · 127 around the bias; the second channel is one short of always 100 and more."""
    result = silenced(conv(ONE, [[1, 1], [1, 1], [1, 1]], [356, 355, -300], Clamp(-40, 100)))
    assert result.weights[:, 0, 0].tolist() == [[0, 0], [1, 1], [0, 0]]
    assert result.bias.tolist() == [356, 355, -300]


def test_an_end_of_the_interval_that_is_just_reached() -> None:
    """With zero point 127 no input is above it: a weight of -1 adds 0 to 255."""
    assert not silenced(conv(ONE, [[-1, 0]], [20], Clamp(-128, 20)), {"x": 127}).weights.any()
    assert silenced(conv(ONE, [[-1, 0]], [19], Clamp(-128, 20)), {"x": 127}).weights.any()


def test_the_nearest_sum_replaces_a_bias_that_no_sum_comes_to() -> None:
    stem = conv(ONE, [[0, 0]], [10])
    before = chain(INPUT, ("stem", stem, "x"), ("head", conv(ONE, [[3]], [5]), "stem"))
    after = silence_constant_channels(before)
    head = after.by_name["head"].operator
    assert isinstance(head, Conv2D)
    assert not head.weights.any()
    assert head.bias.tolist() == [35]
    check_same_output(before, after)


def test_a_factor_of_zero() -> None:
    result = silenced(with_factor(conv(ONE, [[1, 2], [3, 4]], [5, 6]), [0, 2**30], [0, 0]))
    assert result.weights[:, 0, 0].tolist() == [[0, 0], [3, 4]]


def test_depthwise() -> None:
    result = silenced(depthwise(SAME, [1, 2, 3, 4], [0, 6000, -6000, 0]))
    assert result.weights[1, 1].tolist() == [1, 0, 0, 4]


def test_fully_connected() -> None:
    result = silenced(fully_connected([[1] * 8, [2] * 8], [8 * 128 + 127, 0]))
    assert result.weights.tolist() == [[0] * 8, [2] * 8]


def test_a_constant_beside_padding_lies_between_the_two() -> None:
    """The middle tap always sees the constant 10, the other eight 0 or 10: sums from 10 to 90."""
    stem = conv(ONE, [[0, 0]], [10])
    for clamp, constant in ((Clamp(-128, 127), False), (Clamp(-128, 10), True), (Clamp(-128, 11), False)):
        graph = chain(INPUT, ("stem", stem, "x"), ("head", depthwise(SAME, [1], [0], clamp), "stem"))
        assert (silence_constant_channels(graph) is not graph) == constant
        check_same_output(graph, silence_constant_channels(graph))
