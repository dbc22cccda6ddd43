"""Steps that make a row twice, leave one out, or are not what their segment says: whole messages."""

from dataclasses import replace

import pytest

from mcucompile.errors import InternalError
from mcucompile.ir.operators import AveragePool, Size2D, Window
from mcucompile.ir.program import Program, Rows, Segment, Step
from mcucompile.ir.tensors import Shape
from mcucompile.lower.steps import single_layers
from mcucompile.memory.check_steps import check_steps
from tests.memory.programs import Make, program

TALL = Shape(2, 1, 4)
UNCUT = program(TALL, Make("a", ["x"], TALL), Make("b", ["a"], TALL))
CHAIN = replace(UNCUT, segments=single_layers(UNCUT.layers))


def row(layer: int, at: int) -> Step:
    return Step(layer, Rows(at, at + 1), (Rows(at, at + 1),))


ROW_BY_ROW = replace(CHAIN, steps=(row(0, 0), row(1, 0), row(0, 1), row(1, 1)), segments=(Segment(0, 1, (1, 1)),))


def message(broken: Program) -> str:
    with pytest.raises(InternalError) as caught:
        check_steps(broken)
    (problem,) = caught.value.problems
    return f"{problem.where} | {problem.found} | {problem.allowed}"


def test_right_steps_pass() -> None:
    check_steps(CHAIN)
    check_steps(ROW_BY_ROW)


def test_a_row_made_twice() -> None:
    twice = replace(ROW_BY_ROW, steps=(row(0, 0), row(0, 0)))
    assert message(twice) == "steps of net, step 01 | %a[0, 1) | rows from 1 on, of 2"


def test_a_row_left_out() -> None:
    assert message(replace(ROW_BY_ROW, steps=ROW_BY_ROW.steps[:3])) == (
        "steps of net | no step that makes %b[1, 2) | a step for every row"
    )


def test_another_order_than_the_segments() -> None:
    steps = (row(0, 0), row(0, 1), row(1, 0), row(1, 1))
    assert message(replace(ROW_BY_ROW, steps=steps)) == (
        "steps of net, step 01 | %a[1, 2) | %b[0, 1), the next in its segment"
    )


def test_other_rows_read_than_the_window_covers() -> None:
    wrong = Step(1, Rows(0, 1), (Rows(0, 2),))
    assert message(replace(ROW_BY_ROW, steps=(row(0, 0), wrong, *ROW_BY_ROW.steps[2:]))) == (
        "steps of net, step 01 | %b[0, 1) reads [0, 2) | [0, 1), what its window covers"
    )


def test_a_row_that_its_segment_does_not_need_is_made_too_late() -> None:
    """The last layer reads the top row only, and with it its segment ends."""
    whole = program(TALL, Make("a", ["x"], TALL), Make("b", ["a"], Shape(1, 1, 4)))
    every_second_row = AveragePool(Window(Size2D(1, 1), Size2D(2, 1)))
    last = replace(whole.layers[1], node=replace(whole.layers[1].node, operator=every_second_row))
    broken = replace(
        whole,
        layers=(whole.layers[0], last),
        steps=(row(0, 0), row(1, 0), row(0, 1)),
        segments=(Segment(0, 1, (1, 1)),),
    )
    assert message(broken) == "steps of net, step 02 | %a[1, 2) | no step after the last segment's"


def test_a_layer_by_itself_reads_what_its_window_covers() -> None:
    wrong = Step(1, Rows(0, 2), (Rows(0, 1),))
    assert message(replace(CHAIN, steps=(CHAIN.steps[0], wrong))) == (
        "steps of net, step 01 | %b[0, 2) reads [0, 1) | [0, 2), what its window covers"
    )


def test_segments_cover_every_layer_once() -> None:
    assert message(UNCUT) == "segments of net | none | every layer once, in order, each with its block"
    assert message(replace(ROW_BY_ROW, segments=(Segment(0, 0, (1,)),))) == (
        "segments of net | layers 0 | every layer once, in order, each with its block"
    )
