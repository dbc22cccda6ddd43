"""Segments that end earlier: the proposals, in order."""

from mcucompile.ir.program import Segment
from mcucompile.ir.tensors import Shape
from mcucompile.memory.measures import Measures
from mcucompile.memory.pull_order import row_by_row
from mcucompile.memory.row_graph import row_graph
from mcucompile.memory.shorten import shortened
from tests.memory.programs import Make, program

NARROW, WIDE = Shape(4, 1, 1), Shape(4, 1, 4)
CHAIN = program(
    NARROW,
    Make("a", ["x"], NARROW),
    Make("b", ["a"], WIDE),
    *(Make(name, [source], NARROW) for name, source in ("cb", "dc", "ed", "fe", "gf", "hg")),
)
"""Layers 1 and 2, beside the wide tensor, need 20 bytes if they run whole, the others 8."""


def proposals(limit: int, *segments: Segment) -> list[str]:
    """Each as first-last layer, or the only one, with the rows of a step."""
    measures = Measures(row_graph(CHAIN))
    return [" ".join(map(shown, proposed)) for proposed in shortened(measures, segments, limit)]


def shown(segment: Segment) -> str:
    first, last, blocks = segment
    (rows,) = set(blocks)
    return f"{first}-{last}:{rows}" if first < last else f"{first}:{rows}"


def test_as_many_layers_as_fit_run_whole_then_fewer() -> None:
    assert proposals(14, row_by_row(0, 7)) == ["0-2:1 3:4 4:4 5:4 6:4 7:4", "0-3:1 4:4 5:4 6:4 7:4", "0-5:1 6:4 7:4"]


def test_a_segment_may_vanish() -> None:
    assert proposals(20, row_by_row(0, 2)) == ["0:4 1:4 2:4", "0:1 1:4 2:4"]


def test_other_segments_stay() -> None:
    assert proposals(14, Segment(0, 0, (4,)), row_by_row(1, 4), row_by_row(5, 6)) == [
        "0:4 1-2:1 3:4 4:4 5-6:1",
        "0:4 1-3:1 4:4 5-6:1",
        "0:4 1-4:1 5:4 6:4",
        "0:4 1-4:1 5:1 6:4",
    ]


def test_nothing_to_shorten() -> None:
    assert proposals(7, row_by_row(0, 2)) == []
    assert proposals(20, Segment(0, 0, (4,)), Segment(3, 3, (4,))) == []
