"""The one text notation: what dumps, golden files, errors and the emitted C show."""

from mcucompile.ir.operators import Add, Clamp
from mcucompile.ir.plan import Linear, MemoryPlan, Placement, RollingWindow, ScratchPlacement
from mcucompile.ir.program import InputMode, KernelLibrary, Rows
from mcucompile.ir.tensors import Quantization, Shape, TensorType
from mcucompile.ir.text import format_graph, format_operator, format_plan, format_program
from mcucompile.lower import lower
from mcucompile.memory import plan_memory
from mcucompile.target import CORES
from tests.codegen.int8_models import every_kernel_graph
from tests.conftest import Golden
from tests.ir.graphs import every_float_operator
from tests.memory.programs import Make, program, with_steps


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


def test_storages_and_scratch() -> None:
    plan = MemoryPlan(
        {"x": Placement(Linear(), 0, 48), "a": Placement(RollingWindow(3), 48, 36)},
        (ScratchPlacement(7, 84, 10),),
        96,
        90,
    )
    assert format_plan(plan) == (
        "memory arena=96 lower_bound=90\n  %x linear [0, 48)\n  %a window(3) [48, 84)\n  scratch of step 07 [84, 94)\n"
    )
    assert plan.scratch_of(7) == ScratchPlacement(7, 84, 10)
    assert plan.scratch_of(6) is None


def test_types_and_clamps() -> None:
    assert str(TensorType(Shape(3, 2, 1))) == "3x2x1 f32"
    assert str(TensorType(Shape(1, 1, 10), Quantization(0.1234567, -3))) == "1x1x10 s8 scale=0.123457 zero_point=-3"
    assert format_operator(Add(), ("a", "b")) == "add(%a, %b)"
    assert format_operator(Add(Clamp(0)), ("a", "b")) == "add(%a, %b) clamp=[0, inf]"
