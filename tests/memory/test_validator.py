"""The validator on plans that are right, and on plans that are broken on purpose: whole messages."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.errors import InternalError
from mcucompile.ir.plan import Linear, MemoryPlan, Placement, RollingWindow, ScratchPlacement
from mcucompile.ir.program import InputMode, Program, Rows, Slide
from mcucompile.ir.tensors import Shape
from mcucompile.memory import plan_memory
from mcucompile.memory.validator import validate_placement
from tests.memory.pairs import clashes, offsets_of
from tests.memory.programs import Make, program, with_slides, with_steps
from tests.memory.strategies import programs

ROWS = Shape(4, 2, 4)
"""4 rows of 8 bytes."""


def plan(*scratch: ScratchPlacement, **offsets: int) -> MemoryPlan:
    """Whole tensors of ROWS at these offsets, in an arena that ends with the highest."""
    return resized(MemoryPlan({name: Placement(Linear(), at, 32) for name, at in offsets.items()}, scratch, 0, 0))


def resized(moved: MemoryPlan, alignment: int = 4) -> MemoryPlan:
    """The same placements in an arena that ends with the highest."""
    highest = max(placement.end for placement in (*moved.tensors.values(), *moved.scratch))
    return replace(moved, arena_bytes=-(-highest // alignment) * alignment, lower_bound_bytes=0)


def message(whole: Program, broken: MemoryPlan) -> str:
    with pytest.raises(InternalError) as caught:
        validate_placement(whole, broken)
    (problem,) = caught.value.problems
    assert problem.remedy == "report this as a bug in mcucompile, with the model"
    return f"{problem.where} | {problem.found} | {problem.allowed}"


RESIDUAL = program(
    ROWS,
    Make("a", ["x"], ROWS),
    Make("b", ["a"], ROWS, scratch_bytes=8),
    Make("sum", ["a", "b"], ROWS, overwrites=(0, 1)),
)
SCRATCH = ScratchPlacement(1, 64, 8)


def test_right_plans_pass() -> None:
    validate_placement(RESIDUAL, plan(SCRATCH, x=0, a=32, b=0, sum=32))
    validate_placement(RESIDUAL, plan(SCRATCH, x=0, a=32, b=0, sum=0))
    validate_placement(RESIDUAL, plan(SCRATCH, x=0, a=32, b=0, sum=64))


def test_rows_that_were_overwritten_while_still_needed() -> None:
    whole = program(ROWS, Make("a", ["x"], ROWS), Make("b", ["x"], ROWS), Make("sum", ["a", "b"], ROWS))
    assert message(whole, plan(x=0, a=32, b=48, sum=96)) == (
        "memory plan of net, step 02 (%sum[0, 4) by kernel)"
        " | bytes [48, 64) hold %b[0, 2) | %a[2, 4), which is read now"
    )


def test_an_output_over_an_input_that_its_kernel_still_reads() -> None:
    assert message(RESIDUAL, plan(SCRATCH, x=0, a=24, b=56, sum=0)) == (
        "memory plan of net, step 00 (%a[0, 4) by kernel)"
        " | %a[0, 1) written to bytes [24, 32) | no byte of %x[3, 4), which this step still needs"
    )


def test_in_place_means_element_by_element() -> None:
    assert message(RESIDUAL, plan(ScratchPlacement(1, 100, 8), x=0, a=32, b=64, sum=36)) == (
        "memory plan of net, step 02 (%sum[0, 4) by kernel)"
        " | %sum[0, 4) written to bytes [36, 64) | no byte of %a[0, 4), which this step still needs"
    )


def test_in_place_needs_the_kernels_declaration() -> None:
    undeclared = program(ROWS, Make("a", ["x"], ROWS))
    assert message(undeclared, plan(x=0, a=0)) == (
        "memory plan of net, step 00 (%a[0, 4) by kernel)"
        " | %a[0, 4) written to bytes [0, 32) | no byte of %x[0, 4), which this step still needs"
    )
    doubled = program(ROWS, Make("a", ["x", "x"], ROWS, overwrites=(1,)))
    assert "no byte of %x[0, 4)" in message(doubled, plan(x=0, a=0))
    validate_placement(program(ROWS, Make("a", ["x", "x"], ROWS, overwrites=(0, 1))), plan(x=0, a=0))


def test_scratch_over_an_input() -> None:
    assert message(RESIDUAL, plan(ScratchPlacement(1, 52, 8), x=0, a=32, b=0, sum=32)) == (
        "memory plan of net, step 01 (%b[0, 4) by kernel)"
        " | bytes [52, 60) hold scratch of step 01 | %a[2, 4), which is read now"
    )


def test_scratch_over_the_output() -> None:
    assert message(RESIDUAL, plan(ScratchPlacement(1, 12, 8), x=0, a=32, b=0, sum=32)) == (
        "memory plan of net, step 01 (%b[0, 4) by kernel)"
        " | %b[1, 3) written to bytes [12, 20) | no byte of scratch of step 01, which this step still needs"
    )


def test_an_output_that_does_not_last_to_the_end() -> None:
    whole = program(ROWS, Make("a", ["x"], ROWS), Make("dead", ["x"], ROWS), output="a")
    assert message(whole, plan(x=0, a=32, dead=60)) == (
        "memory plan of net, after the last step | bytes [60, 64) hold %dead[0, 1) | %a[3, 4), which is read now"
    )


def test_rows_that_nobody_wrote() -> None:
    whole = with_steps(
        program(ROWS, Make("a", ["x"], ROWS), Make("b", ["a"], ROWS)),
        ("a", Rows(0, 3), (Rows(0, 3),)),
        ("b", Rows(0, 4), (Rows(0, 4),)),
        ("a", Rows(3, 4), (Rows(3, 4),)),
    )
    assert message(whole, plan(x=0, a=32, b=64)) == (
        "memory plan of net, step 01 (%b[0, 4) by kernel) | bytes [56, 64) hold nothing | %a[3, 4), which is read now"
    )


CHAIN = program(ROWS, Make("a", ["x"], ROWS), Make("b", ["a"], ROWS))


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (plan(x=0, a=32), "%b | no place in the arena | a place for each tensor in the arena"),
        (
            plan(x=0, a=32, b=0, c=64),
            "%c | a place, but no tensor of the program that needs one | a place for each tensor in the arena",
        ),
        (plan(x=0, a=34, b=0), "%a | offset 34 | multiples of 4"),
        (replace(plan(x=0, a=36, b=0), arena_bytes=64), "%a | bytes [36, 68) | bytes [0, 64) of the arena"),
        (plan(x=-4, a=32, b=0), "%x | bytes [-4, 28) | bytes [0, 64) of the arena"),
        (plan(ScratchPlacement(0, 0, 4), x=0, a=32, b=0), "scratch | bytes by step: {0: 4} | {}"),
    ],
)
def test_malformed_plans(broken: MemoryPlan, expected: str) -> None:
    assert message(CHAIN, broken) == f"memory plan of net, {expected}"


def test_the_arena_ends_with_the_highest_allocation() -> None:
    assert message(CHAIN, replace(plan(x=0, a=32, b=0), arena_bytes=68)) == (
        "memory plan of net | an arena of 68 bytes | the highest end, 64, rounded up to 4"
    )


def test_a_lower_bound_above_the_arena_is_wrong() -> None:
    assert message(CHAIN, replace(plan(x=0, a=32, b=0), lower_bound_bytes=65)) == (
        "memory plan of net | a lower bound of 65 bytes | at most the arena's 64"
    )


def test_sizes_follow_from_the_storage() -> None:
    right = plan(x=0, a=32, b=0)
    short = replace(right, tensors=right.tensors | {"a": Placement(Linear(), 32, 24)})
    assert message(CHAIN, short) == "memory plan of net, %a | 24 bytes | 4 rows of 8 bytes"
    window = replace(right, tensors=right.tensors | {"a": Placement(RollingWindow(5), 32, 40)})
    assert message(CHAIN, window) == "memory plan of net, %a | a window of 5 rows | 1 to 4 rows"


def test_an_external_input_needs_no_place_and_stays_what_it_was() -> None:
    whole = program(ROWS, Make("a", ["x"], ROWS), Make("b", ["x", "a"], ROWS, (1,)), mode=InputMode.EXTERNAL)
    validate_placement(whole, plan(a=0, b=0))


def rolling(a: Placement, slides: dict[int, Rows]) -> tuple[Program, MemoryPlan]:
    """Row by row: b[r] is made from a[r - 1] and a[r]; a lives in the window at `a`. slides: step -> rows of a kept."""
    whole = with_steps(
        program(ROWS, Make("a", ["x"], ROWS), Make("b", ["a"], ROWS)),
        *(
            step
            for row in range(4)
            for step in (
                ("a", Rows(row, row + 1), (Rows(row, row + 1),)),
                ("b", Rows(row, row + 1), (Rows(max(row - 1, 0), row + 1),)),
            )
        ),
    )
    tensors = {"x": Placement(Linear(), 0, 32), "a": a, "b": Placement(Linear(), 32, 32)}
    moving = with_slides(whole, {step: Slide("a", rows) for step, rows in slides.items()})
    return moving, resized(MemoryPlan(tensors, (), 0, 0))


KEEPS_ONE = {4: Rows(1, 2), 6: Rows(2, 3)}
"""Slides of a window of two rows."""


def test_a_rolling_window_keeps_the_rows_that_it_slides() -> None:
    validate_placement(*rolling(Placement(RollingWindow(2), 64, 16), KEEPS_ONE))
    validate_placement(*rolling(Placement(RollingWindow(3), 64, 24), {6: Rows(2, 3)}))
    validate_placement(*rolling(Placement(RollingWindow(2), 64, 16), {4: Rows(1, 2), 5: Rows(1, 3), 6: Rows(2, 3)}))


def test_rows_that_left_a_rolling_window() -> None:
    assert message(*rolling(Placement(RollingWindow(2), 64, 16), KEEPS_ONE | {4: Rows(2, 2)})) == (
        "memory plan of net, step 05 (%b[2, 3) by kernel) | %a[1, 3) | rows [2, 4), the window of %a"
    )


def test_rows_that_a_rolling_window_has_no_room_for() -> None:
    assert message(*rolling(Placement(RollingWindow(2), 64, 16), {4: Rows(1, 2)})) == (
        "memory plan of net, step 06 (%a[3, 4) by kernel) | %a[3, 4) | rows [1, 3), the window of %a"
    )


def test_a_rolling_window_never_goes_back() -> None:
    assert message(*rolling(Placement(RollingWindow(2), 64, 16), KEEPS_ONE | {5: Rows(0, 2)})) == (
        "memory plan of net, step 05 (%b[2, 3) by kernel) | %a slides to rows [0, 2) | a rolling window that moves to"
        " later rows"
    )


def test_what_is_whole_does_not_slide() -> None:
    assert message(*rolling(Placement(Linear(), 64, 32), {4: Rows(1, 2)})) == (
        "memory plan of net, step 04 (%a[2, 3) by kernel) | %a slides to rows [1, 2) | a rolling window that moves to"
        " later rows"
    )


def test_a_rolling_window_over_rows_that_are_still_needed() -> None:
    assert message(*rolling(Placement(RollingWindow(2), 12, 16), KEEPS_ONE)) == (
        "memory plan of net, step 02 (%a[1, 2) by kernel) | bytes [12, 16) hold %a[0, 1) | %x[1, 2), which is read now"
    )


def test_a_rolling_window_moves_damaged_rows_too() -> None:
    """c destroys a[1] in the middle of the window; when a[3] comes in, a[1] moves to the front, damaged."""
    layers = [Make("a", ["x"], ROWS), Make("c", ["x"], Shape(1, 2, 4)), Make("b", ["a"], ROWS)]
    whole = with_steps(
        program(ROWS, *layers),
        ("a", Rows(0, 3), (Rows(0, 3),)),
        ("c", Rows(0, 1), (Rows(0, 4),)),
        ("a", Rows(3, 4), (Rows(3, 4),)),
        ("b", Rows(0, 4), (Rows(1, 4),)),
    )
    whole = with_slides(whole, {2: Slide("a", Rows(1, 3))})
    right = plan(x=0, b=32)
    tensors = right.tensors | {"a": Placement(RollingWindow(3), 64, 24), "c": Placement(Linear(), 88, 8)}
    validate_placement(whole, resized(replace(right, tensors=tensors)))
    broken = resized(replace(right, tensors=tensors | {"c": Placement(Linear(), 72, 8)}))
    assert message(whole, broken) == (
        "memory plan of net, step 03 (%b[0, 4) by kernel) | bytes [64, 72) hold %c[0, 1) | %a[1, 2), which is read now"
    )


def test_consumed_rows_may_be_replaced_row_by_row() -> None:
    """The rows of b come one row before those of x, so that they only replace what has been read."""
    whole = with_steps(
        program(ROWS, Make("b", ["x"], ROWS)), *(("b", Rows(row, row + 1), (Rows(row, row + 1),)) for row in range(4))
    )
    validate_placement(whole, plan(x=8, b=0))
    assert message(whole, plan(x=0, b=8)) == (
        "memory plan of net, step 01 (%b[1, 2) by kernel) | bytes [8, 16) hold %b[0, 1) | %x[1, 2), which is read now"
    )


@given(programs(), st.data())
@settings(max_examples=100, deadline=None)
def test_moving_an_allocation_is_noticed_exactly_if_it_breaks_the_rule(whole: Program, data: st.DataObject) -> None:
    right = plan_memory(whole)
    name = data.draw(st.sampled_from(list(right.tensors)))
    offset = whole.alignment * data.draw(st.integers(0, right.arena_bytes // whole.alignment))
    moved = replace(right.tensors[name], offset=offset)
    broken = resized(replace(right, tensors=right.tensors | {name: moved}), whole.alignment)
    if harmful := clashes(whole, offsets_of(broken)):
        text = message(whole, broken)
        assert any(_mentions(text, a) and _mentions(text, b) for a, b in harmful)
    else:
        validate_placement(whole, broken)


def _mentions(text: str, block: str) -> bool:
    words = block.split()
    return f"scratch of step {int(words[1]):02}" in text if len(words) == 2 else f"%{block}[" in text
