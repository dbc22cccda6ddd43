"""Row programs: what they reach, and that nothing they do breaks a rule of the validator."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.errors import InternalError
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    NO_CLAMP,
    Add,
    AveragePool,
    Concat,
    DepthwiseConv2D,
    FullyConnected,
    Size2D,
    Window,
)
from mcucompile.ir.plan import MemoryPlan, RollingWindow
from mcucompile.ir.program import InputMode, Program, Rows, Slide
from mcucompile.ir.tensors import Shape, TensorType
from mcucompile.memory import PlannedProgram, plan_memory, plan_rows, validate_plan
from tests.memory.row_networks import row_networks
from tests.memory.zoo_programs import program_of, zoo_program


def planned(whole: Program) -> PlannedProgram:
    found = plan_rows(whole)
    validate_plan(found.program, found.plan)
    return found


@pytest.mark.parametrize(
    ("name", "alpha", "resolution", "arena", "rows"),
    [
        ("mobilenet_v1", 0.25, 96, 28_032, 10_656),
        ("mobilenet_v1", 0.5, 128, 56_832, 32_768),
        ("mobilenet_v1", 1.0, 224, 204_288, 136_192),
        ("mobilenet_v2", 0.35, 96, 29_952, 14_304),
        ("mobilenet_v2", 0.35, 144, 65_664, 33_280),
        ("mobilenet_v2", 1.0, 224, 191_296, 100_576),
    ],
)
def test_arenas_of_the_networks(name: str, alpha: float, resolution: int, arena: int, rows: int) -> None:
    found = [planned(zoo_program(name, alpha, resolution, mode)) for mode in (InputMode.ARENA, InputMode.ROWS)]
    assert [p.plan.arena_bytes for p in found] == [arena, rows]


def test_steps_make_more_rows_where_that_needs_no_more_bytes() -> None:
    """The first segment's third pointwise layer, two rows at a time, lets fewer rows wait than one at a time."""
    first = planned(zoo_program("mobilenet_v1", 1.0, 224))
    assert first.program.segments[0].blocks[4] == 2
    assert first.plan.lower_bound_bytes == 194_432 < 198_016
    assert len(first.program.steps) == 555


def test_last_layers_of_a_segment_run_whole_where_that_needs_no_more_bytes() -> None:
    """Only layers 5 and 6 need to take turns; the segment that was placed first goes on to layer 28."""
    found = planned(zoo_program("mobilenet_v1", 0.25, 96))
    assert [s[:2] for s in found.program.segments if s.first < s.last] == [(1, 3), (5, 6)]
    assert len(found.program.steps) == 108


def test_what_fits_layer_by_layer_stays_so() -> None:
    """The image and the first layer's output need most; what follows is small."""
    whole = zoo_program("mobilenet_v1", 0.25, 96)
    segments = planned(whole).program.segments
    assert [s for s in segments if s.first > 28] == [(29, 29, (1,))]


@given(row_networks())
@settings(max_examples=60, deadline=None)
def test_plans_are_valid_and_never_larger_than_layer_by_layer(whole: Program) -> None:
    found = planned(whole).plan
    assert found.lower_bound_bytes <= found.arena_bytes <= plan_memory(whole).arena_bytes


@given(row_networks())
@settings(max_examples=10, deadline=None)
def test_planning_twice_gives_the_same_program(whole: Program) -> None:
    first, second = plan_rows(whole), plan_rows(whole)
    assert first.plan == second.plan
    assert first.program.steps == second.program.steps


@cache
def streamed() -> PlannedProgram:
    """A program of two segments with many windows."""
    return plan_rows(zoo_program("mobilenet_v1", 0.25, 96, InputMode.ROWS))


def is_refused(program: Program, plan: MemoryPlan) -> bool:
    try:
        validate_plan(program, plan)
    except InternalError:
        return True
    return False


def test_a_window_with_a_row_less_is_refused() -> None:
    program, plan = streamed().program, streamed().plan
    refused = 0
    for name, placement in plan.tensors.items():
        if isinstance(placement.storage, RollingWindow) and placement.storage.rows > 1:
            storage = replace(placement.storage, rows=placement.storage.rows - 1)
            less = replace(placement, storage=storage, size=storage.rows * program.types[name].row_bytes)
            assert is_refused(program, replace(plan, tensors=plan.tensors | {name: less})), name
            refused += 1
    assert refused > 6


def test_windows_at_other_offsets_are_refused() -> None:
    """Each tensor of the first segment, moved onto the output rows that the segment's last layer has made."""
    program, plan = streamed().program, streamed().plan
    kept = plan.tensors["block_4_depthwise"]
    for name in ("stem", "block_1_pointwise", "block_2_pointwise", "block_3_pointwise"):
        moved = replace(plan.tensors[name], offset=kept.offset)
        assert is_refused(program, replace(plan, tensors=plan.tensors | {name: moved})), name


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_slide_that_is_missing_or_keeps_other_rows_is_refused(data: st.DataObject) -> None:
    program, plan = streamed().program, streamed().plan
    sliding = [
        i for i, step in enumerate(program.steps) if any(slide.rows.end > slide.rows.begin for slide in step.slides)
    ]
    number = data.draw(st.sampled_from(sliding))
    step = program.steps[number]
    slide = next(s for s in step.slides if s.rows.end > s.rows.begin)
    others = tuple(s for s in step.slides if s is not slide)
    later = Slide(slide.tensor, Rows(slide.rows.begin + 1, slide.rows.end))
    slides = (*others, later) if data.draw(st.booleans()) else others
    steps = (*program.steps[:number], replace(step, slides=slides), *program.steps[number + 1 :])
    assert is_refused(replace(program, steps=steps), plan)


def test_a_window_that_slides_leaves_no_rows_behind() -> None:
    """The copy of %t0 that its slide leaves lies where %t1 goes next, while both run over the input."""

    def tensor(height: int, channels: int) -> TensorType:
        return TensorType(Shape(height, 1, channels))

    dense = FullyConnected(np.zeros((8, 4), np.int8), np.zeros(8, np.int32), NO_CLAMP)
    across = DepthwiseConv2D(
        Window(Size2D(1, 1), Size2D(3, 1)), np.zeros((1, 1, 8), np.int8), np.zeros(8, np.int32), NO_CLAMP
    )
    nodes = (
        Node("t0", Add(NO_CLAMP), ("x", "x"), tensor(9, 4)),
        Node("t1", Concat(), ("x", "t0"), tensor(9, 8)),
        Node("t2", AveragePool(Window(Size2D(9, 1)), NO_CLAMP), ("x",), tensor(1, 4)),
        Node("t3", Add(NO_CLAMP), ("t2", "t2"), tensor(1, 4)),
        Node("t4", dense, ("t3",), tensor(1, 8)),
        Node("t5", Add(NO_CLAMP), ("t4", "t4"), tensor(1, 8)),
        Node("t6", across, ("t5",), tensor(1, 8)),
    )
    found = planned(program_of(Graph("net", "x", tensor(9, 4), nodes, "t6"), InputMode.ARENA, 4))
    assert any(step.slides for step in found.program.steps)
