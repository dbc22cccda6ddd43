"""The loops of a segment: what they leave out, how they look, and that they are held against the program's steps."""

from dataclasses import replace
from typing import Any

import pytest

from mcucompile.codegen import emit, row_loops
from mcucompile.errors import InternalError
from mcucompile.ir.operators import Size2D, Window
from mcucompile.ir.plan import MemoryPlan, RollingWindow
from mcucompile.ir.program import Program, Rows, Segment, Slide
from mcucompile.ir.tensors import Shape
from tests.codegen.int8_models import GraphBuilder, options, program_of, same
from tests.codegen.row_programs import CAMERA_SEGMENTS, camera_graph, row_by_row, row_program, with_scratch

Rowed = tuple[Program, MemoryPlan]


@pytest.fixture
def camera() -> Rowed:
    return row_program(program_of(camera_graph()), CAMERA_SEGMENTS)


def source(rowed: Rowed) -> str:
    return emit(*rowed, options("camera")).files["src/camera.c"]


def failure(rowed: Rowed) -> str:
    with pytest.raises(InternalError) as caught:
        emit(*rowed, options("camera"))
    return str(caught.value)


def test_a_layer_that_two_others_read_is_pulled_once_if_that_is_enough(camera: Rowed) -> None:
    assert source(camera).count("for (; row_00 <") == 1


def test_a_layer_is_pulled_from_two_places_if_it_must() -> None:
    """A block of `sum` needs one row of `stem` through `point`, and then one more through `wide`."""
    builder = GraphBuilder("camera", Shape(8, 6, 1))
    builder.conv("stem", 4, same(3), zero_point=-128)
    builder.conv("point", 4, Window(Size2D(1, 1)), zero_point=-5)
    builder.conv("wide", 4, same(3), zero_point=3)
    builder.add("sum", "point", "wide", zero_point=4)
    builder.nodes[2] = replace(builder.nodes[2], inputs=("stem",))
    text = source(row_program(program_of(builder.graph()), [row_by_row(0, 3)]))
    assert text.count("for (; row_00 < row_01 + 1; row_00++) {") == 1
    assert text.count("for (; row_00 < mcu_min(row_02 + 2, 8); row_00++) {") == 1


@pytest.mark.parametrize(("kernel", "chosen"), [(3, True), (5, True), (7, False)])
def test_parameters_are_chosen_by_the_rows_of_padding_where_these_are_few(kernel: int, chosen: bool) -> None:
    """Constants for up to two rows on top; above that the block's own are filled in."""
    builder = GraphBuilder("camera", Shape(12, 12, 1))
    builder.conv("stem", 4, same(kernel), zero_point=-128)
    builder.conv("point", 4, Window(Size2D(1, 1)), zero_point=-5)
    text = source(row_program(program_of(builder.graph()), [row_by_row(0, 1)]))
    constants = "static const cmsis_nn_conv_params params[] = {"
    assert (constants in text, "&params[source.padding]" in text) == (chosen, chosen)
    assert (".h = source.padding" in text) == (not chosen)
    heights = [f".padding = {{.w = {kernel // 2}, .h = {rows}}}" for rows in range(kernel // 2 + 1)]
    assert [text.count(height) for height in heights] == [int(chosen)] * len(heights)


def test_many_residual_blocks_need_few_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block's input has two readers: as a tree, the loops of 16 blocks would be 2^16 times the first layer's."""
    made = 0

    class Counted(row_loops.Loop):
        def __init__(self, *fields: Any, **by_name: Any) -> None:
            nonlocal made
            made += 1
            super().__init__(*fields, **by_name)

    builder = GraphBuilder("camera", Shape(4, 3, 2))
    builder.conv("x0", 2, same(3), zero_point=-128)
    for i in range(16):
        builder.conv(f"expand{i}", 3, Window(Size2D(1, 1)), zero_point=-5)
        builder.depthwise(f"depthwise{i}", same(3), zero_point=3)
        builder.conv(f"project{i}", 2, Window(Size2D(1, 1)), zero_point=-7)
        builder.add(f"x{i + 1}", f"x{i}", f"project{i}", zero_point=-9)
    monkeypatch.setattr(row_loops, "Loop", Counted)
    text = source(row_program(program_of(builder.graph()), [row_by_row(0, 64)]))
    assert text.count("for (; row_") + text.count("for (int row_") == 65
    assert made < 3_000


def test_blocks_that_do_not_divide_the_height_have_an_end_of_their_own() -> None:
    segments = (Segment(0, 5, (3, 2, 4, 1, 1, 3)), *CAMERA_SEGMENTS[1:])
    text = source(row_program(program_of(camera_graph()), segments))
    assert (
        "for (int row_05 = 0, end_05; row_05 < 4; row_05 = end_05) {\n        end_05 = mcu_min(row_05 + 3, 4);" in text
    )
    assert "for (int end_00; row_00 < row_01 + 2; row_00 = end_00) {" in text
    assert "row_01 += 2) {" in text
    assert "camera_layer_05(int8_t *base, int row, int end, int first_04)" in text


def test_one_layer_row_by_row() -> None:
    whole = [Segment(i, i, (layer.node.type.shape.h,)) for i, layer in enumerate(program_of(camera_graph()).layers)]
    text = source(row_program(program_of(camera_graph()), [Segment(0, 0, (1,)), *whole[1:]]))
    assert "/* Layer 00, a row at a time. */\nstatic MCU_NOINLINE int camera_rows_00(int8_t *base)\n" in text
    assert "    MCU_RUN_ROWS(camera_rows_00(base));\n    MCU_RUN(camera_layer_01(base));\n" in text


def test_steps_in_another_order(camera: Rowed) -> None:
    program, plan = camera
    steps = (program.steps[0], program.steps[2], program.steps[1], *program.steps[3:])
    assert failure((replace(program, steps=steps), plan)) == (
        "internal error: loops of camera, step 1\n"
        "  found    layer 1 rows [0, 1) from [0, 1)\n"
        "  allowed  layer 0 rows [1, 2) from [1, 4)\n"
        "  do       report this as a bug in mcucompile, with the model"
    )


def test_a_window_that_does_not_slide_when_it_must(camera: Rowed) -> None:
    program, plan = camera
    number = next(i for i, step in enumerate(program.steps) if step.slides)
    steps = list(program.steps)
    steps[number] = replace(steps[number], slides=())
    text = failure((replace(program, steps=tuple(steps)), plan))
    assert text.startswith(f"internal error: loops of camera, step {number}\n")
    assert " slid to " in text


def test_a_slide_that_keeps_too_little(camera: Rowed) -> None:
    program, plan = camera
    wrong = [
        replace(step, slides=tuple(Slide(s.tensor, Rows(s.rows.end, s.rows.end)) for s in step.slides))
        for step in program.steps
    ]
    text = failure((replace(program, steps=tuple(wrong)), plan))
    assert "moved to rows" in text or "loops of camera" in text


def test_a_slide_of_a_tensor_that_is_kept_whole(camera: Rowed) -> None:
    program, plan = camera
    steps = list(program.steps)
    steps[3] = replace(steps[3], slides=(Slide("reduce", Rows(0, 0)),))
    text = failure((replace(program, steps=tuple(steps)), plan))
    assert "storage of %reduce, which moves\n  found    linear\n  allowed  a window\n" in text


def test_scratch_that_lies_elsewhere_in_every_step() -> None:
    program, plan = row_program(with_scratch(program_of(camera_graph()), 8), CAMERA_SEGMENTS)
    moved = tuple(replace(s, offset=s.offset - 16 * (s.step % 2)) for s in plan.scratch)
    assert "scratch of %stem\n" in failure((program, replace(plan, scratch=moved)))
    assert f"scratch [{plan.scratch[0].offset}, {plan.scratch[0].end})\n * from /stem" in source((program, plan))


def test_steps_of_a_later_segment_too_early(camera: Rowed) -> None:
    program, plan = camera
    steps = (*program.steps[-1:], *program.steps)
    assert "a layer of the next segment" in failure((replace(program, steps=steps), plan))


def test_places_and_windows_stand_in_the_comments(camera: Rowed) -> None:
    stem = camera[1].tensors["stem"]
    assert isinstance(stem.storage, RollingWindow)
    text = f"%stem 8x6x4 [{stem.offset}, {stem.end}) window of {stem.storage.rows} rows = conv2d(%image 16x12x1 ["
    assert text in source(camera)
