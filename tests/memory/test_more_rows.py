"""Higher blocks, joined segments, and cuts that change no step: the proposals, in order."""

import pytest

from mcucompile.ir.program import InputMode, Segment
from mcucompile.ir.tensors import Shape
from mcucompile.memory.join import joined
from mcucompile.memory.measures import Measures
from mcucompile.memory.more_rows import more_rows
from mcucompile.memory.pull_order import row_by_row
from mcucompile.memory.row_graph import CALL_WORK, REREAD_WORK, row_graph
from mcucompile.memory.split import split
from tests.memory.programs import Make, program
from tests.memory.test_shorten import CHAIN
from tests.memory.zoo_programs import zoo_program

NARROW, WIDE = Shape(6, 1, 4), Shape(6, 1, 12)
RESIDUAL = program(
    NARROW,
    Make("a", ["x"], NARROW),
    Make("wide", ["a"], WIDE),
    Make("b", ["wide"], NARROW),
    Make("sum", ["a", "b"], NARROW, overwrites=(0, 1)),
    Make("c", ["sum"], NARROW),
)


def heights(limit: int) -> list[tuple[int, ...]]:
    measures = Measures(row_graph(CHAIN))
    return [s.blocks for s in more_rows(measures, row_by_row(0, 2), lambda wider: measures.fits(wider, limit))]


def test_one_call_less_after_the_other_while_there_is_room() -> None:
    """Of two layers that save as much the first; a layer that was refused once is left alone."""
    assert heights(10) == [(1, 1, 1), (2, 1, 1), (4, 1, 1)]
    assert heights(14) == [(1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 2), (4, 2, 2)]
    assert heights(20)[-1] == (4, 4, 4)


def test_the_layer_that_reads_most_again_comes_first() -> None:
    """A pointwise layer reads its 64 · 128 weights again, a depthwise one 9 · 64 and rows of 12 · 64 bytes."""
    graph = row_graph(zoo_program("mobilenet_v1", 0.25, 96))
    assert graph.call_work[11:13] == tuple(CALL_WORK + REREAD_WORK * n for n in (9 * 64 + 12 * 64, 64 * 128))
    *_, last = more_rows(Measures(graph), Segment(11, 12, (3, 3)), lambda wider: wider.blocks != (6, 6))
    assert last.blocks == (3, 6)


def test_a_sum_is_joined_to_what_it_adds() -> None:
    """Row by row it takes the place of `a`, so that higher blocks have room; with less of it first all, then some."""
    segments = (Segment(0, 0, (6,)), row_by_row(1, 2), Segment(3, 3, (6,)), Segment(4, 4, (6,)))
    measures = Measures(row_graph(RESIDUAL))
    assert measures.of_running(row_by_row(1, 2)).live_bytes == 60
    assert [proposed[1] for proposed in joined(measures, segments, 60)] == [
        Segment(1, 3, (2, 2, 2)),
        Segment(1, 3, (2, 1, 2)),
        Segment(1, 3, (1, 1, 3)),
    ]
    assert list(joined(measures, segments, 39)) == []


def test_segments_are_cut_where_layers_run_one_after_the_other() -> None:
    graph = row_graph(CHAIN)
    assert split(graph, Segment(0, 3, (4, 1, 1, 4))) == [
        Segment(0, 0, (4,)),
        Segment(1, 2, (1, 1)),
        Segment(3, 3, (4,)),
    ]
    assert split(graph, row_by_row(0, 3)) == [row_by_row(0, 3)]


@pytest.mark.parametrize("mode", InputMode)
def test_rows_that_are_asked_for_are_read_in_one_segment(mode: InputMode) -> None:
    """Both layers read the input: apart they would need it whole, if it is not there before."""
    whole = program(NARROW, Make("a", ["x"], NARROW), Make("sum", ["a", "x"], NARROW), mode=mode)
    both = Segment(0, 1, (6, 1))
    apart = [Segment(0, 0, (6,)), Segment(1, 1, (1,))]
    assert split(row_graph(whole), both) == ([both] if mode is InputMode.ROWS else apart)
