"""Networks of the zoo, all channels kept, as row programs in QEMU: bit-exact, in the arenas that the planner promises.

benchmarks/row_programs.py runs the larger ones too.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from mcucompile.ir.program import InputMode
from mcucompile.target import find_target
from tests.emulator.graphs import noise, zoo_graph
from tests.emulator.images import build_graph

ARENAS = [
    ("mobilenet_v1", 0.5, 128, InputMode.ARENA, 56_832),
    ("mobilenet_v1", 0.5, 128, InputMode.ROWS, 32_768),
    ("mobilenet_v2", 0.35, 144, InputMode.ARENA, 65_664),
    ("mobilenet_v2", 0.35, 144, InputMode.ROWS, 33_280),
]


@pytest.mark.parametrize(("name", "alpha", "resolution", "mode", "arena_bytes"), ARENAS)
def test_our_kernels(
    tmp_path: Path, name: str, alpha: float, resolution: int, mode: InputMode, arena_bytes: int
) -> None:
    graph = zoo_graph(name, alpha, resolution)
    built = build_graph(graph, find_target("cortex-m4"), tmp_path, mode)
    assert built.plan.arena_bytes == arena_bytes
    built.assert_bit_exact(noise(graph))


@pytest.mark.parametrize(("name", "alpha", "resolution"), [case[:3] for case in ARENAS[::2]])
def test_arms_kernels(
    tmp_path: Path, cmsis_nn_prefix: Callable[[str], Path], name: str, alpha: float, resolution: int
) -> None:
    graph, prefix = zoo_graph(name, alpha, resolution), cmsis_nn_prefix("cortex-m4")
    built = build_graph(graph, find_target("cortex-m4"), tmp_path, InputMode.ROWS, cmsis_nn=prefix)
    built.assert_bit_exact(noise(graph))
