"""Where live rows lie, by hand on four rows, and against a replay of whole random programs."""

import numpy as np
from hypothesis import given, settings

from mcucompile.ir.plan import Linear, MemoryPlan, Placement, RollingWindow, ScratchPlacement
from mcucompile.ir.program import InputMode, Program, Rows, Slide, Step
from mcucompile.ir.tensors import Shape
from mcucompile.memory import Area, occupancy, plan_rows
from tests.memory.programs import Make, program, with_slides, with_steps
from tests.memory.row_networks import row_networks

ROW = Shape(4, 1, 8)


def streamed() -> tuple[Program, MemoryPlan]:
    """%a in a window of two rows, which slides by one before its third and fourth row; %y is kept whole."""
    whole = program(ROW, Make("a", ["x"], ROW), Make("y", ["a"], ROW, scratch_bytes=4), mode=InputMode.EXTERNAL)
    steps = []
    for row in range(4):
        steps.append(("a", Rows(row, row + 1), (Rows(row, row + 1),)))
        if row:
            steps.append(("y", Rows(row - 1, row), (Rows(row - 1, row + 1),)))
    steps.append(("y", Rows(3, 4), (Rows(3, 4),)))
    rows = with_slides(with_steps(whole, *steps), {3: Slide("a", Rows(1, 2)), 5: Slide("a", Rows(2, 3))})
    scratch = tuple(ScratchPlacement(n, 48, 4) for n, step in enumerate(rows.steps) if step.layer == 1)
    placements = {"a": Placement(RollingWindow(2), 0, 16), "y": Placement(Linear(), 16, 32)}
    return rows, MemoryPlan(placements, scratch, 52, 52)


def test_rows_move_down_when_their_window_slides() -> None:
    shown = occupancy(*streamed())
    assert shown.steps == 8
    assert shown.tensors["a"] == (Area(0, 1, 0, 8), Area(1, 7, 0, 16), Area(7, 8, 8, 16))
    assert shown.tensors["y"] == (Area(2, 4, 16, 24), Area(4, 6, 16, 32), Area(6, 7, 16, 40), Area(7, 9, 16, 48))
    assert shown.scratch == (Area(2, 3, 48, 52), Area(4, 5, 48, 52), Area(6, 8, 48, 52))


def test_bytes_at_a_step_and_over_time() -> None:
    shown = occupancy(*streamed())
    assert shown.bytes_at(6) == {"y": 24, "a": 16}
    assert [shown.scratch_at(time) for time in (5, 6)] == [0, 4]
    assert shown.bytes_at(-1) == {}
    assert shown.live_bytes().tolist() == [0, 8, 16, 28, 24, 36, 32, 44, 44, 32]


def test_bytes_that_two_tensors_share_count_once() -> None:
    whole = program(ROW, Make("y", ["x"], ROW, overwrites=(0,)))
    placement = Placement(Linear(), 0, 32)
    shown = occupancy(whole, MemoryPlan({"x": placement, "y": placement}, (), 32, 32))
    assert shown.bytes_at(0) == {"x": 32, "y": 32}
    assert shown.live_bytes().tolist() == [32, 32, 32]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(row_networks())
def test_every_row_is_shown_where_its_step_finds_it(whole: Program) -> None:
    planned = plan_rows(whole)
    program, plan = planned.program, planned.plan
    shown = occupancy(program, plan)
    front = dict.fromkeys(plan.tensors, 0)
    for time, step in enumerate(program.steps):
        for slide in step.slides:
            front[slide.tensor] = slide.rows.begin
        for name, rows in _used(program, step):
            if name in plan.tensors and rows.begin < rows.end:
                size, offset = program.types[name].row_bytes, plan.tensors[name].offset
                low, high = (offset + (row - front[name]) * size for row in rows)
                assert any(a.begin <= time < a.end and a.low <= low and high <= a.high for a in shown.tensors[name])
    live = shown.live_bytes()
    assert np.all(live <= plan.arena_bytes)
    assert all(area.high <= plan.arena_bytes for areas in shown.tensors.values() for area in areas)


def _used(program: Program, step: Step) -> list[tuple[str, Rows]]:
    node = program.layers[step.layer].node
    return [(node.name, step.rows), *zip(node.inputs, step.reads, strict=True)]
