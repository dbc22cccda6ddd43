"""A segment that cannot run has no bytes and no steps; of others the steps are the same wherever they are counted."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mcucompile.ir.program import Program, Segment
from mcucompile.ir.tensors import Shape
from mcucompile.memory.measures import Measures
from mcucompile.memory.pull_order import blocks_of, pull_order, row_by_row, whole_layer
from mcucompile.memory.row_graph import row_graph
from mcucompile.memory.row_program import RowPrograms
from mcucompile.memory.segment_peak import step_times
from tests.memory.programs import Make, program
from tests.memory.row_networks import row_networks

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


@given(row_networks(), st.data())
def test_the_step_that_makes_a_row_is_that_whose_block_it_is_in(whole: Program, data: st.DataObject) -> None:
    """Blocks that do not divide the height, or exceed it, too."""
    graph = row_graph(whole)
    first = data.draw(st.integers(0, len(whole.layers) - 1))
    last = data.draw(st.integers(first, len(whole.layers) - 1))
    blocks = data.draw(st.tuples(*[st.integers(1, 14)] * (last + 1 - first)))
    segment = Segment(first, last, blocks)
    order = pull_order(graph, segment)
    assume(order is not None)
    assert order is not None
    times = step_times(graph, segment, np.array(order.layers))
    for step, block in enumerate(blocks_of(graph, segment)):
        rows = times[block.layer - first]
        assert len(rows) == graph.heights[block.layer + 1]
        assert [row for row, time in enumerate(rows) if time == step] == list(range(*block.rows))
