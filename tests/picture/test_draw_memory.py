"""The picture of an arena: one that was looked at, and what holds for all."""

from xml.etree import ElementTree

import pytest

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import InputMode, Program
from mcucompile.ir.tensors import Shape
from mcucompile.memory import Area, plan_rows
from mcucompile.picture import draw_memory
from mcucompile.picture.columns import MOST_COLUMNS, in_columns, times_per_column
from tests.conftest import Golden
from tests.memory.programs import Make, program
from tests.memory.test_occupancy import streamed
from tests.memory.zoo_programs import network, program_of

SVG = "{http://www.w3.org/2000/svg}"


def titles(svg: str) -> list[str | None]:
    return [title.text for title in ElementTree.fromstring(svg).iterfind(f".//{SVG}path/{SVG}title")]


def test_a_streamed_tensor_is_a_staircase(golden: Golden) -> None:
    golden("streamed.svg", draw_memory(*streamed(), ("--ram-budget", 64)))


def test_a_limit_far_above_the_arena_is_named_only() -> None:
    assert "RAM of the target: 131,072 bytes, above this picture" in draw_memory(
        *streamed(), ("RAM of the target", 131072)
    )
    assert "above this picture" not in draw_memory(*streamed(), ("RAM of the target", 104))


def test_tensors_are_titled() -> None:
    assert titles(draw_memory(*streamed(), ("RAM", 64))) == [
        "%a : 4x1x8 window(2) [0, 16)",
        "%y : 4x1x8 linear [16, 48)",
        "scratch of kernels",
    ]


def test_names_are_escaped_and_long_ones_cut_in_the_legend() -> None:
    name = "<&>" + "a" * 40
    planned = plan_rows(program(Shape(1, 1, 4), Make(name, ["x"], Shape(1, 1, 4))))
    svg = draw_memory(planned.program, planned.plan, ("RAM", 64))
    assert titles(svg)[1] == f"%{name} : 1x1x4 linear [4, 8)"
    assert f"&lt;&amp;&gt;{'a' * 21}…<title>" in svg


@pytest.fixture(scope="module")
def mobilenet() -> tuple[Program, MemoryPlan]:
    planned = plan_rows(program_of(network("mobilenet_v1", 1.0, 224), InputMode.ROWS))
    return planned.program, planned.plan


def test_a_large_network_makes_a_small_picture(mobilenet: tuple[Program, MemoryPlan]) -> None:
    svg = draw_memory(*mobilenet, ("RAM budget", 65536))
    assert len(mobilenet[0].steps) > 600
    assert len(svg.encode()) < 300_000
    assert len(titles(svg)) == len(mobilenet[1].tensors)
    assert svg == draw_memory(*mobilenet, ("RAM budget", 65536))


def test_steps_share_columns_where_there_are_many() -> None:
    assert [times_per_column(n) for n in (2, MOST_COLUMNS, MOST_COLUMNS + 1)] == [1, 1, 2]
    staircase = [Area(step, step + 1, 4 * step, 4 * step + 8) for step in range(5)]
    assert in_columns(staircase, 1) == tuple(a._replace(begin=a.begin + 1, end=a.end + 1) for a in staircase)
    assert in_columns(staircase, 3) == (Area(0, 1, 0, 12), Area(1, 2, 8, 24))
