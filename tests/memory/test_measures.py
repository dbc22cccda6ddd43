"""A segment that cannot run has no bytes and no steps."""

import pytest

from mcucompile.ir.tensors import Shape
from mcucompile.memory.measures import Measures
from mcucompile.memory.pull_order import row_by_row, whole_layer
from mcucompile.memory.row_graph import row_graph
from mcucompile.memory.row_program import RowPrograms
from tests.memory.programs import Make, program

TALL = Shape(4, 1, 4)
WHOLE = program(TALL, Make("a", ["x"], TALL), Make("top", ["a"], Shape(1, 1, 4)), output="a")
"""The last layer reads one row of the first, so that the two do not run row by row, as a segment ends with its last."""


def test_a_segment_that_cannot_run_is_not_measured() -> None:
    graph = row_graph(WHOLE)
    measures, joined = Measures(graph), row_by_row(0, 1)
    single = [whole_layer(graph, layer) for layer in (0, 1)]
    assert measures.of(joined) is None
    assert not measures.fits(joined, 1_000_000)
    assert measures.peak(single) == 32
    for asked in (lambda: measures.peak([joined]), lambda: RowPrograms(WHOLE, graph).of([joined])):
        with pytest.raises(AssertionError, match=r"Segment\(first=0, last=1, blocks=\(1, 1\)\) cannot run"):
            asked()
