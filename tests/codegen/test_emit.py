"""The set of files, determinism, and the errors of a malformed program."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcucompile.codegen import emit
from mcucompile.errors import InternalError
from mcucompile.ir.plan import Placement, RollingWindow
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import Program
from mcucompile.target import targets
from tests.codegen.int8_models import every_kernel_graph, options, plan_of, program_of, tiny_graph, with_kernel
from tests.host_model import compile_host_model

ROOT = Path(__file__).parents[2]
DIGEST = """
import hashlib
from mcucompile.codegen import emit
from tests.codegen.int8_models import every_kernel_graph, options, plan_of, program_of
program = program_of(every_kernel_graph())
print(hashlib.sha256(repr(emit(program, plan_of(program), options("net")).files).encode()).hexdigest())
"""


def test_same_bytes_under_any_hash_seed() -> None:
    program = program_of(every_kernel_graph())
    expected = hashlib.sha256(repr(emit(program, plan_of(program), options("net")).files).encode()).hexdigest()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", DIGEST], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
        )
        assert run.stdout.strip() == expected


@pytest.mark.parametrize("target", targets())
def test_firmware_of_every_target(target: str) -> None:
    program = program_of(tiny_graph())
    files = emit(program, plan_of(program), options("tiny", target)).files
    firmware = {name.removeprefix("firmware/") for name in files if name.startswith("firmware/")}
    needed = {"main.c", "startup.c", "board.c", "memory.ld", "sections.ld", "model_config.h", "model_traced.c"}
    assert firmware >= needed
    assert "board.toml" not in firmware


def test_lines_of_constants_are_at_most_100_columns() -> None:
    program = program_of(every_kernel_graph())
    text = emit(program, plan_of(program), options("net")).files["src/net_weights.c"]
    assert max(map(len, text.splitlines())) <= 100


def test_names_from_the_model_cannot_leave_a_comment() -> None:
    program = program_of(tiny_graph())
    layer = program.layers[0]
    hostile = replace(layer, node=replace(layer.node, origin="a*/b/*c\n#error ä"))
    text = emit(replace(program, layers=(hostile, *program.layers[1:])), plan_of(program), options("tiny"))
    assert "from a* /b/ *c\\n#error \\xe4 */" in text.files["src/tiny.c"]


PIXELS = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize(
    ("preprocessing", "body"),
    [
        (Preprocessing(), "dst[i] = (int8_t)(pixels[i] - 128);"),
        (Preprocessing((127.5,), (1 / 200,)), "dst[i] = table[pixels[i]];"),
        (Preprocessing((127.5, 127.5, 127.5), (1 / 200,)), "dst[i] = table[pixels[i]];"),
        (Preprocessing((120.0, 110.0, 100.0), (1 / 255, 1 / 100, 1 / 64)), "dst[i + c] = table[c][pixels[i + c]];"),
    ],
)
def test_quantize_input(tmp_path: Path, preprocessing: Preprocessing, body: str) -> None:
    program = program_of(every_kernel_graph())
    sources = emit(program, plan_of(program), options("net", preprocessing=preprocessing))
    assert body in sources.files["src/net.c"]
    pixels = np.stack([PIXELS, PIXELS[::-1], PIXELS], axis=1)
    expected = program.input_type.quantized().quantize(preprocessing.apply(pixels))
    model = compile_host_model(sources, tmp_path)
    np.testing.assert_array_equal(model.quantize_input(pixels), expected)


def test_in_place_quantize_input(tmp_path: Path) -> None:
    program = program_of(tiny_graph())
    model = compile_host_model(emit(program, plan_of(program), options("tiny")), tmp_path)
    pixels = PIXELS.copy()
    model.library.tiny_quantize_input(pixels.ctypes, pixels.ctypes, 256)
    np.testing.assert_array_equal(pixels.view(np.int8), np.arange(-128, 128))


def failure(program: Program) -> str:
    with pytest.raises(InternalError) as caught:
        emit(program, plan_of(program), options(program.name))
    return str(caught.value)


def test_unknown_kernel() -> None:
    text = failure(with_kernel(program_of(tiny_graph()), "pool", "arm_sum_s8"))
    assert text.startswith(
        "internal error: kernel of %pool\n  found    arm_sum_s8\n  allowed  arm_convolve_wrapper_s8, "
    )


def test_kernel_of_another_operator() -> None:
    assert failure(with_kernel(program_of(tiny_graph()), "pool", "arm_softmax_s8")) == (
        "internal error: %pool -> arm_softmax_s8\n"
        "  found    average_pool\n"
        "  allowed  softmax\n"
        "  do       report this as a bug in mcucompile, with the model"
    )


def test_layer_without_a_bias() -> None:
    program = program_of(tiny_graph())
    layers = (replace(program.layers[0], bias=None), *program.layers[1:])
    assert "%conv -> arm_convolve_wrapper_s8\n  found    no bias\n" in failure(replace(program, layers=layers))


def test_per_channel_factors_for_a_per_tensor_kernel() -> None:
    program = with_kernel(program_of(every_kernel_graph()), "hidden", "arm_fully_connected_s8")
    assert "found    6 requantization factors\n  allowed  one for all channels\n" in failure(program)


def test_a_window_needs_a_segment_with_several_steps() -> None:
    program = program_of(tiny_graph())
    plan = plan_of(program)
    rolling = replace(plan, tensors=plan.tensors | {"conv": Placement(RollingWindow(1), 16, 4)})
    with pytest.raises(InternalError, match=r"storage of %conv\n  found    window\(1\)\n  allowed  linear"):
        emit(program, rolling, options("tiny"))


def test_name_that_is_no_identifier() -> None:
    program = program_of(tiny_graph())
    with pytest.raises(InternalError, match="found    '2net'\n  allowed  a C identifier"):
        emit(program, plan_of(program), options("2net"))
