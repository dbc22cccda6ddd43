"""The rewrites that take whole nodes away."""

import pytest

from mcucompile.ir.operators import Add, Clamp, Lookup, MaxPool, Operator
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_graph
from mcucompile.quantize.convert import add_requantize
from mcucompile.simplify.compose_lookups import compose_lookups
from mcucompile.simplify.merge_equal_nodes import merge_equal_nodes
from mcucompile.simplify.remove_dead_nodes import remove_dead_nodes
from mcucompile.simplify.remove_identities import remove_identities
from mcucompile.simplify.tabulate_constant_operand import tabulate_constant_operand
from tests.simplify.networks import INT8, ONE, VALID, add, chain, check_same_output, conv, depthwise, lookup, mul, pool

INPUT = Shape(3, 3, 2)
STEM = conv(ONE, [[1, 2], [3, 4]], [5, 6], Clamp(-50, 50))
HEAD = conv(ONE, [[1, 1]], [0])
IDENTITY = lookup(lambda v: v)
INSIDE = lookup(lambda v: v if -50 <= v <= 50 else 0)
HALF = lookup(lambda v: v // 2)


def test_nodes_that_nobody_reads() -> None:
    before = chain(
        INPUT, ("stem", STEM, "x"), ("unread", HEAD, "stem"), ("more", HALF, "unread"), ("head", HEAD, "stem")
    )
    after = remove_dead_nodes(before)
    assert [node.name for node in after] == ["stem", "head"]
    check_same_output(before, after)
    assert remove_dead_nodes(after) is after


@pytest.mark.parametrize(
    ("operator", "is_identity"),
    [
        (IDENTITY, True),
        (INSIDE, True),
        (lookup(lambda v: v if v != 50 else 49), False),
        (pool(ONE), True),
        (pool(ONE, Clamp(-50, 50)), True),
        (pool(ONE, Clamp(-50, 49)), False),
        (pool(VALID), False),
        (MaxPool(ONE), True),
        (MaxPool(ONE, Clamp(-49, 50)), False),
        (MaxPool(VALID), False),
        (depthwise(ONE, [1, 1], [0, 0]), True),
        (depthwise(ONE, [1, 2], [0, 0]), False),
        (depthwise(ONE, [1, 1], [0, 1]), False),
    ],
)
def test_identities(operator: Operator, is_identity: bool) -> None:
    before = chain(INPUT, ("stem", STEM, "x"), ("same", operator, "stem"), ("head", conv(ONE, [[1, 1]], [0]), "same"))
    after = remove_identities(before)
    assert [node.name for node in after] == (["stem", "head"] if is_identity else ["stem", "same", "head"])
    check_same_output(before, after)
    assert is_identity or after is before


def test_identities_in_a_row_up_to_the_output() -> None:
    before = chain(INPUT, ("stem", STEM, "x"), ("one", IDENTITY, "stem"), ("two", INSIDE, "one"))
    after = remove_identities(before)
    assert format_graph(after) == (
        "graph net\n"
        "  %x : 3x3x2 s8 scale=0.1 zero_point=0\n"
        "  %stem = conv2d(%x) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=2x1x1x2:s8 bias=2:s32 clamp=[-50, 50]"
        " : 3x3x2 s8 scale=0.1 zero_point=0\n"
        "  return %stem\n"
    )
    check_same_output(before, after)


def test_the_input_does_not_become_the_output() -> None:
    before = chain(INPUT, ("one", IDENTITY, "x"), ("two", IDENTITY, "one"))
    after = remove_identities(before)
    assert [node.name for node in after] == ["two"]
    assert remove_identities(after) is after
    check_same_output(before, after)


def test_the_same_bits_of_another_zero_point_are_no_identity() -> None:
    steps = ("stem", STEM, "x"), ("same", IDENTITY, "stem"), ("head", HEAD, "same")
    graph = chain(INPUT, *steps, zero_points={"same": 3})
    assert remove_identities(graph) is graph


def test_equal_nodes() -> None:
    before = chain(
        INPUT,
        ("stem", STEM, "x"),
        ("a", conv(ONE, [[1, 2], [3, 4]], [5, 6]), "stem"),
        ("b", conv(ONE, [[1, 2], [3, 4]], [5, 6]), "stem"),
        ("half_a", HALF, "a"),
        ("half_b", HALF, "b"),
        ("sum", add(), "half_a half_b"),
    )
    after = merge_equal_nodes(before)
    assert [(node.name, node.inputs) for node in after] == [
        ("stem", ("x",)),
        ("a", ("stem",)),
        ("half_a", ("a",)),
        ("sum", ("half_a", "half_a")),
    ]
    check_same_output(before, after)
    assert merge_equal_nodes(after) is after


def test_nodes_that_differ_in_anything_are_not_equal() -> None:
    steps = ("a", conv(ONE, [[1, 2]], [5]), "x"), ("b", conv(ONE, [[1, 2]], [6]), "x"), ("sum", add(), "a b")
    graph = chain(INPUT, *steps)
    assert merge_equal_nodes(graph) is graph
    elsewhere = chain(INPUT, ("a", HALF, "x"), ("b", HALF, "a"), ("sum", add(), "a b"))
    assert merge_equal_nodes(elsewhere) is elsewhere
    rescaled = chain(INPUT, ("a", HALF, "x"), ("b", HALF, "x"), ("sum", add(), "a b"), zero_points={"b": 1})
    assert merge_equal_nodes(rescaled) is rescaled


def test_two_lookups() -> None:
    before = chain(INPUT, ("half", HALF, "x"), ("plus", lookup(lambda v: v // 4 + 3), "half"), ("same", INSIDE, "plus"))
    after = compose_lookups(before)
    assert [(node.name, node.inputs) for node in after] == [("same", ("x",))]
    check_same_output(before, after)
    assert compose_lookups(after) is after


def test_a_lookup_that_others_read_stays() -> None:
    graph = chain(INPUT, ("half", HALF, "x"), ("more", HALF, "half"), ("sum", add(), "half more"))
    assert compose_lookups(graph) is graph


@pytest.mark.parametrize(("order", "table"), [("stem constant", [23, 24, 25, 26]), ("constant stem", [9, 12, 15, 18])])
def test_adding_a_number(order: str, table: list[int]) -> None:
    """The second operand's scale is three times the first's and the sum's."""
    total = Add(INT8, add_requantize(0.1, 0.3, 0.1))
    steps = ("stem", STEM, "x"), ("constant", conv(ONE, [[0, 0], [0, 0]], [7, 7]), "x"), ("sum", total, order)
    before = chain(INPUT, *steps, zero_points={"constant": -3, "sum": 2})
    after = tabulate_constant_operand(before)
    node = after.by_name["sum"]
    assert node.inputs == ("stem",)
    assert isinstance(node.operator, Lookup)
    assert node.operator.table[128:132].tolist() == table
    check_same_output(before, after)


def test_adding_numbers_that_differ_by_channel_is_no_table() -> None:
    steps = ("stem", STEM, "x"), ("constant", conv(ONE, [[0, 0], [0, 0]], [7, 8]), "x"), ("sum", add(), "stem constant")
    graph = chain(INPUT, *steps)
    assert tabulate_constant_operand(graph) is graph


def test_multiplying_with_a_number() -> None:
    steps = (
        ("stem", STEM, "x"),
        ("constant", conv(ONE, [[0, 0], [0, 0]], [32, 32]), "x"),
        ("mul", mul(), "stem constant"),
    )
    before = chain(INPUT, *steps, zero_points={"mul": 1})
    after = tabulate_constant_operand(before)
    product = after.by_name["mul"]
    assert product.inputs == ("stem",)
    assert isinstance(product.operator, Lookup)
    assert product.operator.table[126:131].tolist() == [-3, -1, 1, 3, 5]
    check_same_output(before, after)


def test_a_number_that_scales_channels_and_one_that_is_scaled() -> None:
    """A lookup has its input's shape: a number as the factor of 3x3 pixels will do, 3x3 pixels of a number will not."""
    small = ("mean", pool(VALID), "x")
    one = conv(ONE, [[0, 0], [0, 0]], [32, 32])
    scales = chain(INPUT, small, ("factor", one, "mean"), ("mul", mul(), "x factor"))
    after = tabulate_constant_operand(scales)
    assert after.by_name["mul"].inputs == ("x",)
    check_same_output(scales, after)
    is_scaled = chain(INPUT, small, ("pixels", one, "x"), ("mul", mul(), "pixels mean"))
    assert tabulate_constant_operand(is_scaled) is is_scaled
