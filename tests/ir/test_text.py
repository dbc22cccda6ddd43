"""The one text notation: what dumps, golden files, errors and the emitted C show."""

from dataclasses import replace

from mcucompile.ir.operators import Add, Clamp
from mcucompile.ir.plan import Linear, MemoryPlan, Placement, RollingWindow, ScratchPlacement
from mcucompile.ir.program import InputMode, KernelLibrary, Rows, Segment, Slide
from mcucompile.ir.tensors import Quantization, Shape, TensorType
from mcucompile.ir.text import format_graph, format_operator, format_plan, format_program
from mcucompile.lower import lower
from mcucompile.memory import plan_memory
from mcucompile.target import CORES
from tests.codegen.int8_models import every_kernel_graph
from tests.conftest import Golden
from tests.ir.graphs import every_float_operator
from tests.memory.programs import Make, program, with_slides, with_steps


def test_float_graph(golden: Golden) -> None:
    golden("float_graph.txt", format_graph(every_float_operator()))


def test_int8_graph(golden: Golden) -> None:
    golden("int8_graph.txt", format_graph(every_kernel_graph()))


def test_program_and_plan(golden: Golden) -> None:
    lowered = lower(every_kernel_graph(), CORES["cortex-m4"], KernelLibrary.CMSIS_NN, InputMode.ARENA)
    golden("program_and_plan.txt", f"{format_program(lowered)}\n{format_plan(plan_memory(lowered))}")


def test_steps_of_some_rows() -> None:
    shape = Shape(4, 2, 2)
    whole = program(shape, Make("a", ["x"], shape, (0,)), Make("b", ["x", "a"], shape, (1,)), mode=InputMode.ROWS)
    steps = (("a", Rows(0, 2), (Rows(0, 3),)), ("b", Rows(0, 1), (Rows(0, 1), Rows(0, 2))))
    assert format_program(with_steps(whole, *steps)) == (
        "program net input=rows alignment=4\n"
        "  %x : 4x2x2 s8 scale=1 zero_point=0\n"
        "  layer 00: %a = lookup(%x) table=256:s8 : 4x2x2 s8 scale=1 zero_point=0 -> kernel overwrites=%x\n"
        "  layer 01: %b = add(%x, %a) : 4x2x2 s8 scale=1 zero_point=0 -> kernel overwrites=%a\n"
        "  step 00: %a[0, 2) from %x[0, 3)\n"
        "  step 01: %b[0, 1) from %x[0, 1), %a[0, 2)\n"
        "  return %b\n"
    )


def test_segments_and_slides() -> None:
    shape = Shape(2, 2, 2)
    whole = program(shape, Make("a", ["x"], shape), Make("b", ["a"], shape))
    steps = [(name, Rows(row, row + 1), (Rows(row, row + 1),)) for row in (0, 1) for name in "ab"]
    rows = with_slides(with_steps(whole, *steps), {2: Slide("a", Rows(1, 1))})
    assert format_program(replace(rows, segments=(Segment(0, 1, (1, 1)),))).splitlines()[4:] == [
        "  segment 00-01: blocks of 1, 1 rows",
        "  step 00: %a[0, 1) from %x[0, 1)",
        "  step 01: %b[0, 1) from %a[0, 1)",
        "  step 02: %a[1, 2) from %x[1, 2) after %a slid to [1, 1)",
        "  step 03: %b[1, 2) from %a[1, 2)",
        "  return %b",
    ]


def test_storages_and_scratch() -> None:
    plan = MemoryPlan(
        {
            "x": Placement(Linear(), 0, 48),
            "a": Placement(RollingWindow(3), 48, 36),
            "b": Placement(RollingWindow(1), 0, 4),
        },
        (ScratchPlacement(7, 84, 10),),
        96,
        90,
    )
    assert format_plan(plan) == (
        "memory arena=96 lower_bound=90\n"
        "  %x linear [0, 48)\n"
        "  %a window(3) [48, 84)\n"
        "  %b window(1) [0, 4)\n"
        "  scratch of step 07 [84, 94)\n"
    )
    assert plan.scratch_of(7) == ScratchPlacement(7, 84, 10)
    assert plan.scratch_of(6) is None


def test_types_and_clamps() -> None:
    assert str(TensorType(Shape(3, 2, 1))) == "3x2x1 f32"
    assert str(TensorType(Shape(1, 1, 10), Quantization(0.1234567, -3))) == "1x1x10 s8 scale=0.123457 zero_point=-3"
    assert format_operator(Add(), ("a", "b")) == "add(%a, %b)"
    assert format_operator(Add(Clamp(0)), ("a", "b")) == "add(%a, %b) clamp=[0, inf]"
