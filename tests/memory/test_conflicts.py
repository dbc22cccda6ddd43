"""Offsets that go together, against the rule said once more."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.ir.program import Program
from mcucompile.memory.allocations import TensorAllocation
from mcucompile.memory.conflicts import find_conflicts
from mcucompile.memory.planner import whole_tensors
from tests.memory.pairs import clashes
from tests.memory.strategies import programs


@given(programs(), st.data())
@settings(max_examples=200, deadline=None)
def test_offsets_are_allowed_that_let_no_two_tensors_clash(whole: Program, data: st.DataObject) -> None:
    needed = whole_tensors(whole)
    places = st.integers(0, 12).map(lambda place: place * 16)
    offsets = {i: data.draw(places) for i in range(len(needed.all))}
    by_name = {
        allocation.name if isinstance(allocation, TensorAllocation) else f"scratch {allocation.steps[0]}": offsets[i]
        for i, allocation in enumerate(needed.all)
    }
    assert find_conflicts(needed.all, needed.handovers).allow(offsets) == (not clashes(whole, by_name))
