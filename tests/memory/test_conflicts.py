"""Which offsets go together, and the lowest that does, against the rule said once more."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.ir.plan import Linear
from mcucompile.ir.program import Program
from mcucompile.memory.allocations import TensorAllocation, pieces_of
from mcucompile.memory.conflicts import find_conflicts
from mcucompile.memory.fit import lowest_offset
from mcucompile.memory.planner import Allocations, whole_tensors
from tests.memory.pairs import clashes
from tests.memory.strategies import programs

TIMES = 2


@st.composite
def allocations(draw: st.DrawFn) -> list[TensorAllocation]:
    """Two to five tensors of up to five rows, each place used at some times, or never."""
    found = []
    for number in range(draw(st.integers(2, 5))):
        row_bytes = draw(st.integers(1, 3))
        used = draw(st.lists(st.integers(0, 2**TIMES - 1), min_size=1, max_size=5))
        size = len(used) * row_bytes
        found.append(TensorAllocation(f"t{number}", Linear(), row_bytes, size, pieces_of(row_bytes, used)))
    return found


def overlap(needed: Sequence[TensorAllocation], offsets: Mapping[int, int]) -> bool:
    """Whether two of them hold something in one byte at one time."""
    held = [
        {
            (offsets[i] + byte, time)
            for piece in needed[i].pieces
            for byte in range(piece.begin, piece.end)
            for time in range(TIMES)
            if piece.moments >> time & 1
        }
        for i in offsets
    ]
    return any(a & b for a, b in combinations(held, 2))


@given(allocations(), st.data())
@settings(max_examples=300, deadline=None)
def test_offsets_are_allowed_where_no_byte_holds_two_things_at_once(
    needed: list[TensorAllocation], data: st.DataObject
) -> None:
    offsets = {i: data.draw(st.integers(0, 24)) for i in range(len(needed))}
    assert find_conflicts(needed, []).allow(offsets) == (not overlap(needed, offsets))


@given(allocations(), st.sampled_from((1, 4)), st.integers(0, 9), st.data())
@settings(max_examples=300, deadline=None)
def test_the_lowest_offset_is_the_first_that_is_allowed(
    needed: list[TensorAllocation], alignment: int, floor: int, data: st.DataObject
) -> None:
    *placed, new = range(len(needed))
    offsets = {i: data.draw(st.integers(0, 5)) * alignment for i in placed}
    found = lowest_offset(new, offsets, find_conflicts(needed, []), alignment, floor * alignment)
    places = range(floor * alignment, 200, alignment)

    def fits(place: int) -> bool:
        return not any(overlap(needed, {i: at, new: place}) for i, at in offsets.items())

    assert found == next(place for place in places if fits(place))


def names(needed: Allocations) -> list[str]:
    """As pairs.py names them."""
    return [a.name if isinstance(a, TensorAllocation) else f"scratch {a.steps[0]}" for a in needed.all]


@given(programs(), st.data())
@settings(max_examples=200, deadline=None)
def test_an_output_may_take_the_place_of_an_input(whole: Program, data: st.DataObject) -> None:
    """Whole tensors at few places, so that many coincide; a handover lets two of them."""
    needed = whole_tensors(whole)
    places = st.integers(0, 3).map(lambda place: place * 64)
    offsets = {i: data.draw(places) for i in range(len(needed.all))}
    conflicts = find_conflicts(needed.all, needed.handovers)
    by_name = {name: offsets[i] for i, name in enumerate(names(needed))}
    assert conflicts.allow(offsets) == (not clashes(whole, by_name))


@given(programs(), st.data())
@settings(max_examples=200, deadline=None)
def test_the_lowest_offset_may_be_that_of_an_input(whole: Program, data: st.DataObject) -> None:
    needed = whole_tensors(whole)
    conflicts = find_conflicts(needed.all, needed.handovers)
    *placed, new = range(len(needed.all))
    alignment = whole.alignment
    offsets = {i: data.draw(st.integers(0, 3)) * 64 for i in placed}
    found = lowest_offset(new, offsets, conflicts, alignment)

    def fits(place: int) -> bool:
        return all(conflicts.allow({i: at, new: place}) for i, at in offsets.items())

    assert found == next(place for place in range(0, 1000, alignment) if fits(place))
