"""Segments filled where they stand."""

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import InputMode, Program, Segment
from mcucompile.ir.tensors import Shape
from mcucompile.memory import PlannedProgram, validate_plan
from mcucompile.memory.fill import filled
from mcucompile.memory.measures import Measures
from mcucompile.memory.order_search import Arrangement
from mcucompile.memory.planned_program import planned_program
from mcucompile.memory.pull_order import row_by_row
from mcucompile.memory.row_graph import row_graph
from mcucompile.memory.row_program import RowPrograms
from tests.memory.programs import Make, program

ROW = Shape(6, 1, 4)


Arranged = tuple[PlannedProgram, Arrangement]


def planned(whole: Program, segments: tuple[Segment, ...], **offsets: int) -> Arranged:
    """Windows that slide late, at these offsets; scratch is called scratch. The lower bound is the segments' peak."""
    rows = RowPrograms(whole, row_graph(whole)).of(segments)
    allocations = [ways[0] for ways in rows.choices]
    at = [offsets[getattr(allocation, "name", "scratch")] for allocation in allocations]
    end = max(offset + allocation.size for offset, allocation in zip(at, allocations, strict=True))
    arrangement = Arrangement(tuple(range(len(at))), (0,) * len(at), tuple(at), end)
    found = planned_program(rows, arrangement, Measures(row_graph(whole)).peak(segments))
    validate_plan(found.program, found.plan)
    return found, arrangement


def blocks(whole: Program, before: Arranged) -> tuple[list[tuple[int, ...]], MemoryPlan]:
    after, _ = filled(RowPrograms(whole, row_graph(whole)), Measures(row_graph(whole)), *before)
    validate_plan(after.program, after.plan)
    assert after.plan.arena_bytes <= before[0].plan.arena_bytes
    return [segment.blocks for segment in after.program.segments], after.plan


def test_windows_and_scratch_grow_and_move_between_tensors_that_stay() -> None:
    """The input keeps [0, 24), the output [36, 60); the scratch leaves the bytes between them to two rows of `a`."""
    whole = program(ROW, Make("a", ["x"], ROW), Make("b", ["a"], ROW, scratch_bytes=4), mode=InputMode.ARENA)
    before = planned(whole, (row_by_row(0, 1),), x=0, a=24, b=36, scratch=28)
    found, plan = blocks(whole, before)
    assert found == [(2, 2)]
    assert {name: placement.offset for name, placement in plan.tensors.items()} == {"x": 0, "a": 24, "b": 36}
    assert {scratch.offset for scratch in plan.scratch} == {0}


def test_tensors_that_stay_may_leave_no_room() -> None:
    """`b` follows `a` two rows behind through the same bytes: a block of three would overwrite what it reads."""
    whole = program(ROW, Make("a", ["x"], ROW), Make("b", ["a"], ROW), mode=InputMode.EXTERNAL)
    before = planned(whole, (Segment(0, 0, (6,)), row_by_row(1, 1)), a=8, b=0)
    assert blocks(whole, before)[0] == [(6,), (2,)]


def test_what_fits_at_once_runs_at_once() -> None:
    whole = program(ROW, Make("a", ["x"], ROW), Make("b", ["a"], ROW), mode=InputMode.EXTERNAL)
    assert blocks(whole, planned(whole, (row_by_row(0, 1),), a=24, b=28))[0] == [(6, 6)]


def test_higher_blocks_may_need_less_than_the_lower_bound_of_the_program_they_come_from() -> None:
    """Of `a` and `b` in turns a row of `b` waits while `a` works in 20 bytes of scratch; of all of `a` first none."""
    thin, thick = Shape(2, 1, 4), Shape(2, 1, 8)
    whole = program(
        thin,
        Make("a", ["x"], thin, scratch_bytes=20),
        Make("b", ["a"], thick),
        Make("c", ["b"], thin),
        mode=InputMode.EXTERNAL,
    )
    before = planned(whole, (Segment(0, 2, (1, 1, 2)),), a=0, b=4, c=20, scratch=12)
    assert before[0].plan.lower_bound_bytes == before[0].plan.arena_bytes == 4 + 8 + 20
    found, plan = blocks(whole, before)
    assert found == [(2, 2, 2)]
    assert plan.lower_bound_bytes == 8 + 20
