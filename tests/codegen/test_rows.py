"""Row programs as C, run on this machine, against the integer reference."""

from pathlib import Path

import numpy as np
import pytest

from mcucompile.codegen import emit
from mcucompile.ir.plan import RollingWindow
from mcucompile.ir.program import InputMode, KernelLibrary
from mcucompile.lower import lower
from mcucompile.target import CORES
from tests.codegen.int8_models import options, program_of
from tests.codegen.reference_run import assert_matches_reference, inputs_of
from tests.codegen.row_programs import CAMERA_SEGMENTS, camera_graph, random_segments, row_program
from tests.conftest import Golden
from tests.emulator.random_graphs import random_graph
from tests.host_model import compile_host_model


@pytest.mark.parametrize("mode", InputMode)
def test_golden(golden: Golden, mode: InputMode) -> None:
    program, plan = row_program(program_of(camera_graph(), mode), CAMERA_SEGMENTS)
    golden(f"camera/{mode.value}.c", emit(program, plan, options("camera")).files["src/camera.c"])


@pytest.mark.parametrize(("more_rows", "at_pull"), [(0, ()), (0, ("expand", "sum")), (1, ())])
@pytest.mark.parametrize("mode", InputMode)
def test_the_camera_network(tmp_path: Path, mode: InputMode, more_rows: int, at_pull: tuple[str, ...]) -> None:
    graph = camera_graph()
    program, plan = row_program(program_of(graph, mode), CAMERA_SEGMENTS, more_rows, at_pull=at_pull)
    rolling = [name for name, placement in plan.tensors.items() if isinstance(placement.storage, RollingWindow)]
    assert set(rolling) >= {"stem", "expand", "depthwise", "project", "sum"}
    assert ("image" in rolling) == (mode is InputMode.ROWS)
    model = compile_host_model(emit(program, plan, options("camera")), tmp_path)
    for x in inputs_of(graph, 4):
        records = assert_matches_reference(model, graph, x)
        blocks = [(record.layer, (record.row_begin, record.row_end)) for record in records]
        assert blocks == [(step.layer, step.rows) for step in program.steps]


@pytest.mark.parametrize("mode", InputMode)
@pytest.mark.parametrize("seed", range(12))
def test_random_networks(tmp_path: Path, seed: int, mode: InputMode) -> None:
    graph = random_graph(seed, 25)
    rng = np.random.default_rng(seed)
    layers = lower(graph, CORES["cortex-m4"], KernelLibrary.BUNDLED, mode)
    segments, more_rows = random_segments(layers, rng), int(rng.integers(0, 3))
    at_pull = [tensor for tensor in layers.types if rng.random() < 0.5]
    program, plan = row_program(layers, segments, more_rows, at_pull=at_pull)
    model = compile_host_model(emit(program, plan, options("random")), tmp_path)
    for x in inputs_of(graph, 2):
        assert_matches_reference(model, graph, x)
