import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcucompile.ir.operators import AveragePool, Conv2D, DepthwiseConv2D, FullyConnected, Padding, Size2D, Window
from mcucompile.ir.shapes import input_rows, macs, output_shape, window_of
from mcucompile.ir.tensors import Shape
from tests.ir.graphs import THREE, every_float_operator, float_graph, ones


def test_every_operators_output() -> None:
    types = every_float_operator().types
    assert {name: str(tensor.shape) for name, tensor in types.items()} == {
        "image": "8x6x4",
        "pad": "9x8x4",
        "grouped": "4x8x8",
        "norm": "4x8x8",
        "relu": "4x8x8",
        "depthwise": "2x7x8",
        "twice": "2x7x8",
        "swish": "2x7x8",
        "joined": "2x7x16",
        "largest": "2x3x16",
        "leaky": "2x3x16",
        "product": "2x3x16",
        "pool": "1x1x16",
        "gate": "1x1x16",
        "excited": "2x3x16",
        "logits": "1x1x3",
        "probabilities": "1x1x3",
    }


def test_a_window_larger_than_its_input_gives_no_rows() -> None:
    assert output_shape(AveragePool(Window(Size2D(5, 2))), [Shape(3, 3, 1)]).h < 1


def test_dilation_spreads_the_window() -> None:
    window = Window(Size2D(3, 2), dilation=Size2D(2, 3))
    assert window.extent == (5, 4)
    assert window.output_size(Size2D(6, 6)) == (2, 3)


def test_multiply_adds() -> None:
    graph = every_float_operator()
    counts = {node.name: macs(graph, node) for node in graph}
    assert counts["grouped"] == 4 * 8 * 8 * (3 * 3 * 2)
    assert counts["depthwise"] == 2 * 7 * 8 * (2 * 2)
    assert counts["logits"] == 96 * 3
    assert sum(counts.values()) == counts["grouped"] + counts["depthwise"] + counts["logits"]


@pytest.mark.parametrize(
    ("rows", "expected"), [((0, 1), (0, 3)), ((1, 2), (2, 5)), ((0, 4), (0, 8)), ((3, 4), (6, 8)), ((1, 3), (2, 7))]
)
def test_rows_under_the_window(rows: tuple[int, int], expected: tuple[int, int]) -> None:
    """3 rows, stride 2, a row of padding below 8 rows."""
    assert input_rows(Conv2D(THREE, ones(2, 3, 3, 1), ones(2)), Shape(8, 6, 1), rows) == expected


def test_rows_of_other_operators() -> None:
    graph = every_float_operator()
    by_name = graph.by_name
    assert input_rows(by_name["logits"].operator, Shape(5, 1, 8), (0, 1)) == (0, 5)
    assert input_rows(by_name["twice"].operator, Shape(4, 6, 8), (1, 3)) == (1, 3)
    excited = by_name["excited"].operator
    assert [input_rows(excited, Shape(height, 3, 16), (1, 2)) for height in (2, 1)] == [(1, 2), (0, 1)]
    windowed = {node.name for node in graph if window_of(node.operator) is not None}
    assert windowed == {"grouped", "depthwise", "largest", "pool"}


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2), st.integers(0, 2))
def test_rows_are_those_that_the_window_touches(
    height: int, kernel: int, stride: int, dilation: int, top: int, bottom: int
) -> None:
    window = Window(Size2D(kernel, 1), Size2D(stride, 1), Padding(top, bottom), Size2D(dilation, 1))
    operator = DepthwiseConv2D(window, ones(kernel, 1, 1), ones(1))
    for row in range(output_shape(operator, [Shape(height, 1, 1)]).h):
        taps = [row * stride - top + tap * dilation for tap in range(kernel)]
        begin, end = input_rows(operator, Shape(height, 1, 1), (row, row + 1))
        assert all(begin <= tap < end for tap in taps if 0 <= tap < height)
        assert 0 <= begin <= end <= height
        assert end - begin == max(min(taps[-1] + 1, height) - max(taps[0], 0), 0)


def test_a_fully_connected_layer_flattens() -> None:
    operator = FullyConnected(ones(3, 24), ones(3))
    assert float_graph("net", Shape(2, 3, 4), ("y", operator, ("image",))).output_type.shape == (1, 1, 3)
