"""remove_dead_channels: graphs before and after."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.operators import Concat, Conv2D, FullyConnected, Size2D, Window
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_graph
from mcucompile.simplify.remove_dead_channels import remove_dead_channels
from tests.simplify.networks import (
    ONE,
    SAME,
    add,
    chain,
    check_same_output,
    conv,
    depthwise,
    fully_connected,
    layers,
    lookup,
    mul,
    pool,
    softmax,
)

INPUT = Shape(2, 2, 2)
STEM = conv(ONE, [[1, 2], [3, 4], [5, 6]], [7, 8, 9])


def test_from_the_reader_back_to_the_producer() -> None:
    before = chain(
        INPUT,
        ("stem", STEM, "x"),
        ("depthwise", depthwise(SAME, [1, 2, 3], [4, 5, 6]), "stem"),
        ("half", lookup(lambda v: v // 2), "depthwise"),
        ("mean", pool(ONE), "half"),
        ("head", conv(ONE, [[1, 0, 3], [4, 0, 6]], [1, 2]), "mean"),
    )
    after = remove_dead_channels(before)
    assert format_graph(before) == (
        "graph net\n"
        "  %x : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  %stem = conv2d(%x) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=3x1x1x2:s8 bias=3:s32 clamp=[-128, 127]"
        " : 2x2x3 s8 scale=0.1 zero_point=0\n"
        "  %depthwise = depthwise_conv2d(%stem) kernel=3x3 stride=1x1 pad=1,1,1,1 weights=3x3x3:s8 bias=3:s32"
        " clamp=[-128, 127] : 2x2x3 s8 scale=0.1 zero_point=0\n"
        "  %half = lookup(%depthwise) table=256:s8 : 2x2x3 s8 scale=0.1 zero_point=0\n"
        "  %mean = average_pool(%half) kernel=1x1 stride=1x1 pad=0,0,0,0 clamp=[-128, 127]"
        " : 2x2x3 s8 scale=0.1 zero_point=0\n"
        "  %head = conv2d(%mean) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=2x1x1x3:s8 bias=2:s32 clamp=[-128, 127]"
        " : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  return %head\n"
    )
    assert format_graph(after) == (
        "graph net\n"
        "  %x : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  %stem = conv2d(%x) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=2x1x1x2:s8 bias=2:s32 clamp=[-128, 127]"
        " : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  %depthwise = depthwise_conv2d(%stem) kernel=3x3 stride=1x1 pad=1,1,1,1 weights=3x3x2:s8 bias=2:s32"
        " clamp=[-128, 127] : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  %half = lookup(%depthwise) table=256:s8 : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  %mean = average_pool(%half) kernel=1x1 stride=1x1 pad=0,0,0,0 clamp=[-128, 127]"
        " : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  %head = conv2d(%mean) kernel=1x1 stride=1x1 pad=0,0,0,0 weights=2x1x1x2:s8 bias=2:s32 clamp=[-128, 127]"
        " : 2x2x2 s8 scale=0.1 zero_point=0\n"
        "  return %head\n"
    )
    stem, head = after.by_name["stem"].operator, after.by_name["head"].operator
    assert isinstance(stem, Conv2D)
    assert isinstance(head, Conv2D)
    assert stem.weights[:, 0, 0].tolist() == [[1, 2], [5, 6]]
    assert stem.bias.tolist() == [7, 9]
    assert head.weights[:, 0, 0].tolist() == [[1, 3], [4, 6]]
    check_same_output(before, after)


def test_a_channel_read_by_dead_channels_only_is_dead() -> None:
    before = chain(
        INPUT,
        ("stem", STEM, "x"),
        ("middle", conv(ONE, [[1, 0, 0], [1, 1, 1]], [0, 0]), "stem"),
        ("head", conv(ONE, [[1, 0]], [0]), "middle"),
    )
    after = remove_dead_channels(before)
    assert layers(after) == {"stem": (2, 2, 1), "middle": (2, 2, 1), "head": (2, 2, 1)}
    check_same_output(before, after)


def test_both_sides_of_an_addition_keep_what_one_of_its_readers_needs() -> None:
    before = chain(
        INPUT,
        ("stem", conv(ONE, [[1, 2], [3, 4], [5, 6], [7, 8]], [0] * 4), "x"),
        ("block", conv(ONE, [[9, 9, 9, 9], [9, 9, 9, 9], [0, 1, 0, 0], [0, 0, 0, 1]], [1, 2, 3, 4]), "stem"),
        ("sum", add(), "stem block"),
        ("head", conv(ONE, [[0, 0, 0, 1], [0, 0, 2, 0]], [0, 0]), "sum"),
    )
    after = remove_dead_channels(before)
    assert layers(after) == {"stem": (2, 2, 3), "block": (2, 2, 3), "sum": (2, 2, 3), "head": (2, 2, 2)}
    block = after.by_name["block"].operator
    assert isinstance(block, Conv2D)
    assert block.weights[:, 0, 0].tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 1]]
    check_same_output(before, after)


def test_concat_hands_each_input_its_part() -> None:
    before = chain(
        INPUT,
        ("first", STEM, "x"),
        ("second", conv(ONE, [[1, 2], [3, 4]], [5, 6]), "x"),
        ("both", Concat(), "first second first"),
        ("head", conv(ONE, [[1, 0, 0, 0, 1, 0, 1, 0]], [0]), "both"),
    )
    after = remove_dead_channels(before)
    assert layers(after) == {"first": (2, 2, 2), "second": (2, 2, 1), "both": (2, 2, 5), "head": (2, 2, 1)}
    head, second = after.by_name["head"].operator, after.by_name["second"].operator
    assert isinstance(head, Conv2D)
    assert isinstance(second, Conv2D)
    assert head.weights[:, 0, 0].tolist() == [[1, 0, 1, 0, 1]]
    assert second.weights[:, 0, 0].tolist() == [[3, 4]]
    check_same_output(before, after)


def test_a_scaled_channel_goes_with_its_factor() -> None:
    before = chain(
        INPUT,
        ("stem", STEM, "x"),
        ("mean", pool(Window(Size2D(2, 2))), "stem"),
        ("factor", conv(ONE, [[1, 2, 0], [3, 4, 0], [5, 6, 0]], [0] * 3), "mean"),
        ("scaled", mul(), "stem factor"),
        ("head", conv(ONE, [[0, 1, 0]], [0]), "scaled"),
    )
    after = remove_dead_channels(before)
    assert layers(after) == {
        "stem": (2, 2, 2),
        "mean": (1, 1, 2),
        "factor": (1, 1, 2),
        "scaled": (2, 2, 2),
        "head": (2, 2, 1),
    }
    check_same_output(before, after)


def test_depth_multiplier_keeps_all_outputs_of_an_input_or_none() -> None:
    before = chain(
        INPUT,
        ("stem", STEM, "x"),
        ("depthwise", depthwise(SAME, [1, 2, 3, 4, 5, 6], [0] * 6), "stem"),
        ("head", conv(ONE, [[0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0]], [0, 0]), "depthwise"),
    )
    after = remove_dead_channels(before)
    assert layers(after) == {"stem": (2, 2, 2), "depthwise": (2, 2, 4), "head": (2, 2, 2)}
    check_same_output(before, after)


def test_fully_connected_reads_a_channel_at_every_pixel() -> None:
    weights = np.arange(1, 25).reshape(2, 4, 3)
    weights[:, :, 1] = 0
    before = chain(INPUT, ("stem", STEM, "x"), ("head", fully_connected(weights.reshape(2, 12), [0, 0]), "stem"))
    after = remove_dead_channels(before)
    head = after.by_name["head"].operator
    assert isinstance(head, FullyConnected)
    assert head.weights.tolist() == weights[:, :, [0, 2]].reshape(2, 8).tolist()
    check_same_output(before, after)

    weights[1, 3, 1] = 1
    one_pixel = chain(INPUT, ("stem", STEM, "x"), ("head", fully_connected(weights.reshape(2, 12), [0, 0]), "stem"))
    assert remove_dead_channels(one_pixel) is one_pixel


def test_a_tensor_that_nobody_needs_keeps_one_channel_without_products() -> None:
    before = chain(
        INPUT,
        ("first", STEM, "x"),
        ("second", conv(ONE, [[1, 2, 3], [4, 5, 6]], [7, 8]), "first"),
        ("head", conv(ONE, [[0, 0], [0, 0]], [1, 2]), "second"),
    )
    after = remove_dead_channels(before)
    assert layers(after) == {"first": (2, 2, 1), "second": (2, 2, 1), "head": (2, 2, 2)}
    second = after.by_name["second"].operator
    assert isinstance(second, Conv2D)
    assert not second.weights.any()
    check_same_output(before, after)
    assert remove_dead_channels(after) is after


def test_softmax_reads_all_channels() -> None:
    graph = chain(INPUT, ("stem", STEM, "x"), ("all", softmax(), "stem"), ("head", conv(ONE, [[1, 0, 0]], [0]), "all"))
    assert remove_dead_channels(graph) is graph


def test_groups_keep_their_channels_but_not_their_products() -> None:
    before = chain(
        INPUT,
        ("stem", conv(ONE, [[1, 2], [3, 4], [5, 6], [7, 8]], [0] * 4), "x"),
        ("grouped", conv(ONE, [[1, 0], [2, 2]], [3, 4], groups=2), "stem"),
        ("head", conv(ONE, [[1, 0]], [0]), "grouped"),
    )
    after = remove_dead_channels(before)
    assert layers(after) == layers(before)
    grouped, stem = after.by_name["grouped"].operator, after.by_name["stem"].operator
    assert isinstance(grouped, Conv2D)
    assert isinstance(stem, Conv2D)
    assert grouped.weights[:, 0, 0].tolist() == [[1, 0], [0, 0]]
    assert stem.weights[:, 0, 0].tolist() == [[1, 2], [0, 0], [0, 0], [0, 0]]
    check_same_output(before, after)
    assert remove_dead_channels(after) is after


def test_input_and_output_keep_their_channels() -> None:
    graph = chain(INPUT, ("stem", conv(ONE, [[0, 1], [0, 1], [0, 0]], [1, 2, 3]), "x"))
    assert remove_dead_channels(graph) is graph


def test_parameters_count_what_the_file_had() -> None:
    graph = chain(INPUT, ("stem", STEM, "x"), ("head", conv(ONE, [[1, 0, 0]], [0]), "stem"))
    counted = graph.with_nodes([replace(node, parameters=9, origin="/stem (Conv)") for node in graph])
    assert [(node.parameters, node.origin) for node in remove_dead_channels(counted)] == [(9, "/stem (Conv)")] * 2
