"""Emitted C with the bundled kernels, run on this machine, against the integer reference."""

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mcucompile.codegen import emit
from mcucompile.ir.graph import Graph
from mcucompile.ir.program import InputMode, Program
from mcucompile.reference.evaluate import evaluate_int8
from tests.codegen.int8_models import every_kernel_graph, options, plan_of, program_of, with_kernel
from tests.codegen.reference_run import assert_matches_reference, inputs_of
from tests.host_model import Arena, HostModel, Int8, TraceRecord, compile_host_model

OK, ERROR_ALIGNMENT, ERROR_KERNEL, ERROR_ROW = range(4)

Compile = Callable[[Program], HostModel]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return every_kernel_graph()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    def build(program: Program, scratch_bytes: int = 0) -> HostModel:
        sources = emit(program, plan_of(program, scratch_bytes), options("net"))
        return compile_host_model(sources, tmp_path_factory.mktemp("net"))

    return build


@pytest.fixture(scope="module", params=InputMode)
def model(request: pytest.FixtureRequest, graph: Graph, compiled: Compile) -> HostModel:
    return compiled(program_of(graph, request.param))


def test_every_layer_equals_the_reference(model: HostModel, graph: Graph) -> None:
    for x in inputs_of(graph, 6):
        assert_matches_reference(model, graph, x)


def test_the_test_inputs_exercise_the_layers(graph: Graph) -> None:
    tensors = evaluate_int8(graph, inputs_of(graph, 6))
    assert all(len(np.unique(tensor)) > 5 for tensor in tensors.values())


@pytest.mark.parametrize("mode", InputMode)
def test_steps_of_some_rows(graph: Graph, compiled: Compile, mode: InputMode) -> None:
    model = compiled(program_of(graph, mode, block_rows=1))
    x = inputs_of(graph, 3)[2]
    _, records = model.trace(x)
    assert [(r.row_begin, r.row_end) for r in records if r.layer == 1] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert_matches_reference(model, graph, x)


@pytest.mark.parametrize(
    ("node", "kernel"),
    [
        ("stem", "arm_convolve_s8"),
        ("depthwise", "arm_depthwise_conv_s8"),
        ("pointwise", "arm_convolve_1x1_s8_fast"),
        ("hidden", "arm_convolve_wrapper_s8"),
    ],
)
def test_other_kernels_for_a_layer(graph: Graph, compiled: Compile, node: str, kernel: str) -> None:
    program = with_kernel(program_of(graph), node, kernel)
    assert_matches_reference(compiled(program), graph, inputs_of(graph, 3)[2])


def test_two_inferences_at_once(model: HostModel, graph: Graph) -> None:
    """Two threads, each with its arena, take every step in turn."""
    inputs = inputs_of(graph, 4)[2:]
    turn = threading.Barrier(2, timeout=30)
    outputs: dict[int, Int8] = {}

    def in_step(record: TraceRecord) -> None:
        turn.wait()

    def infer(number: int) -> None:
        outputs[number], _ = model.trace(inputs[number], in_step)

    threads = [threading.Thread(target=infer, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = evaluate_int8(graph, inputs)[graph.output].reshape(2, -1)
    np.testing.assert_array_equal([outputs[0], outputs[1]], expected)


def test_a_misaligned_arena_is_refused(graph: Graph, compiled: Compile) -> None:
    model = compiled(program_of(graph))
    arena = Arena(model.arena_bytes, misalignment=4)
    assert model.library.net_invoke(ctypes.c_void_p(arena.address)) == ERROR_ALIGNMENT


def test_a_misaligned_input_is_refused(graph: Graph, compiled: Compile) -> None:
    model = compiled(program_of(graph, InputMode.EXTERNAL))
    arena, x = Arena(model.arena_bytes), Arena(model.input_bytes, misalignment=1)
    invoke = model.library.net_invoke_external
    assert invoke(ctypes.c_void_p(arena.address), ctypes.c_void_p(x.address)) == ERROR_ALIGNMENT


def test_a_kernel_that_fails_ends_the_inference(graph: Graph, compiled: Compile) -> None:
    """The fast 1x1 kernel refuses the stride of the first layer."""
    model = compiled(with_kernel(program_of(graph), "stem", "arm_convolve_1x1_s8_fast"))
    arena = Arena(model.arena_bytes)
    assert model.library.net_invoke(ctypes.c_void_p(arena.address)) == ERROR_KERNEL


def test_a_callback_ends_the_inference(graph: Graph, compiled: Compile) -> None:
    model = compiled(program_of(graph, InputMode.ROWS))
    arena = Arena(model.arena_bytes)
    asked: list[int] = []

    def give(user: int, row: int, dst: int) -> int:
        asked.append(row)
        return -5 if row == 3 else 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(give)
    assert model.library.net_invoke_rows(ctypes.c_void_p(arena.address), callback, None) == ERROR_ROW
    assert asked == [0, 1, 2, 3]
    arena.check_guards()


def test_scratch_is_handed_to_the_kernel(graph: Graph, tmp_path: Path) -> None:
    program = program_of(graph)
    plan = plan_of(program, scratch_bytes=48)
    text = emit(program, plan, options("net")).files["src/net.c"]
    offset = plan.arena_bytes - 48
    assert f"{{.buf = base + {offset}, .size = 48}}" in text
    assert f"[0, 216)) scratch [{offset}, {plan.arena_bytes})\n * from /stem (conv2d) */" in text
