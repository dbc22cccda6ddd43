"""Row programs in QEMU: every row of every layer, from a poisoned arena between guards, within the stated stack."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import InputMode, KernelLibrary, Program
from mcucompile.lower import lower
from mcucompile.memory import plan_memory
from mcucompile.target import CORES, find_target
from mcucompile.toolchain import run_board_image
from tests.codegen.row_programs import CAMERA_SEGMENTS, camera_graph, random_segments, row_program
from tests.emulator.graphs import graph_called
from tests.emulator.images import build_graph

TARGETS = ("cortex-m0", "cortex-m4", "cortex-m55")


def camera_rows(program: Program) -> tuple[Program, MemoryPlan]:
    return row_program(program, CAMERA_SEGMENTS)


def random_rows(program: Program) -> tuple[Program, MemoryPlan]:
    rng = np.random.default_rng(5)
    early = [tensor for tensor in program.types if rng.random() < 0.5]
    return row_program(program, random_segments(program, rng), at_pull=early)


@pytest.mark.parametrize("mode", InputMode)
@pytest.mark.parametrize("target", [*TARGETS, "microbit"])
def test_a_camera_network(tmp_path: Path, target: str, mode: InputMode) -> None:
    built = build_graph(camera_graph(), find_target(target), tmp_path, mode, arrange=camera_rows)
    assert any(step.slides for step in built.program.steps)
    built.assert_bit_exact()
    assert run_board_image(built.images.elf, built.target, timeout_s=60).endswith(" PASS\n")


@pytest.mark.parametrize("mode", InputMode)
@pytest.mark.parametrize("target", [*CORES, "microbit"])
def test_a_camera_network_as_the_compiler_arranges_it(tmp_path: Path, target: str, mode: InputMode) -> None:
    built = build_graph(camera_graph(), find_target(target), tmp_path, mode)
    whole = lower(built.graph, built.target.core, KernelLibrary.BUNDLED, mode)
    assert built.program.segments
    assert built.plan.arena_bytes < plan_memory(whole).arena_bytes
    built.assert_bit_exact()


@pytest.mark.parametrize("name", ["random-0", "random-1", "traps"])
@pytest.mark.parametrize("target", TARGETS)
def test_random_networks(tmp_path: Path, target: str, name: str) -> None:
    built = build_graph(graph_called(name), find_target(target), tmp_path, InputMode.ROWS, arrange=random_rows)
    built.assert_bit_exact()


def test_rows_at_odd_addresses_on_a_core_that_faults_on_them(tmp_path: Path) -> None:
    target, graph = find_target("microbit"), graph_called("random-1")
    built = build_graph(graph, target, tmp_path, InputMode.ROWS, "size", alignment=1, arrange=random_rows)
    built.assert_bit_exact()


@pytest.mark.parametrize("name", ["random-2", "traps"])
@pytest.mark.parametrize("target", TARGETS)
def test_with_arms_cmsis_nn(tmp_path: Path, cmsis_nn_prefix: Callable[[str], Path], target: str, name: str) -> None:
    prefix = cmsis_nn_prefix(target)
    built = build_graph(graph_called(name), find_target(target), tmp_path, cmsis_nn=prefix, arrange=random_rows)
    built.assert_bit_exact()
