"""Emitted C is clean under strict warnings, and usable from C++."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mcucompile.codegen import emit
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode
from mcucompile.target import CORES
from tests.codegen.int8_models import every_kernel_graph, options, plan_of, program_of
from tests.codegen.row_programs import CAMERA_SEGMENTS, camera_graph, row_program, with_scratch
from tests.host_model import write_sources
from tests.shared_kernels import compile_once

STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wundef", "-Werror", "-pedantic"]
CXX_STRICT = [flag for flag in STRICT if flag != "-Wstrict-prototypes"]
USER = """\
#include "net.h"
alignas(NET_ARENA_ALIGNMENT) static int8_t arena[NET_ARENA_BYTES];
int main()
{
    return net_output(arena) < arena;
}
"""
PER_CHANNEL = Preprocessing(mean=(120.0, 117.0, 104.0), scale=(1 / 64, 1 / 60, 1 / 58))


@pytest.fixture(scope="module", params=[*InputMode, "rows of an arena", "rows that are asked for"])
def sources(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("net")
    if isinstance(request.param, InputMode):
        program = program_of(every_kernel_graph(), request.param)
        plan = plan_of(program)
    else:
        mode = InputMode.ARENA if request.param == "rows of an arena" else InputMode.ROWS
        program, plan = row_program(with_scratch(program_of(camera_graph(), mode), 8), CAMERA_SEGMENTS)
    write_sources(emit(program, plan, options("net", preprocessing=PER_CHANNEL)), folder)
    (folder / "user.cpp").write_text(USER)
    return folder


def check(compiler: str, flags: list[str], folder: Path, *files: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    includes = [f"-I{folder / part}" for part in ("src", "src/kernels", "firmware")]
    run = subprocess.run(
        [compiler, *flags, *includes, "-c", "-fsyntax-only", *files], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("standard", ["-std=c99", "-std=c11"])
def test_c(sources: Path, compiler: str, standard: str) -> None:
    files = ["src/net.c", "src/net_weights.c", "firmware/model_traced.c"]
    check(compiler, [standard, "-O2", *STRICT], sources, *files)


@pytest.mark.parametrize("core", CORES)
def test_c_for_every_core(sources: Path, core: str) -> None:
    files = ["src/net.c", "src/net_weights.c", "firmware/model_traced.c"]
    check("arm-none-eabi-gcc", ["-std=c99", "-O2", *CORES[core].flags, *STRICT], sources, *files)


def test_c_against_arms_headers(sources: Path) -> None:
    prefix = os.environ.get("CMSIS_NN_PREFIX")
    if prefix is None:
        pytest.skip("CMSIS_NN_PREFIX names no installed CMSIS-NN")
    command = ["arm-none-eabi-gcc", "-std=c99", "-O2", *CORES["cortex-m4"].flags, *STRICT]
    includes = ["-Isrc", f"-isystem{prefix}/include", "-idirafter", "src/kernels"]
    subprocess.run([*command, *includes, "-fsyntax-only", "src/net.c"], cwd=sources, check=True)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_header_from_cxx(sources: Path, compiler: str) -> None:
    check(compiler, ["-std=c++11", *CXX_STRICT], sources, "user.cpp")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_model_as_cxx(sources: Path, compiler: str) -> None:
    check(compiler, ["-x", "c++", "-std=c++20", *CXX_STRICT], sources, "src/net.c", "src/net_weights.c")


@pytest.mark.parametrize("model", [["gcc", "-std=c99"], ["g++", "-x", "c++", "-std=c++20"]])
def test_cxx_program_links_with_the_model(sources: Path, model: list[str], tmp_path: Path) -> None:
    """The model's own files as C or as C++, the kernels as C."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    objects = []
    for file in sorted((sources / "src").rglob("*.c")):
        compiler = model if file.parent.name == "src" else ["gcc", "-std=c99"]
        objects.append(tmp_path / f"{file.stem}.o")
        include = ["-Isrc", "-Isrc/kernels"]
        compile_once([*compiler, *include, "-o", objects[-1], "-c", file.relative_to(sources)], sources)
    subprocess.run(["g++", "-Isrc", "user.cpp", *objects, "-o", "user"], cwd=sources, check=True)
    assert subprocess.run([sources / "user"]).returncode == 0


def test_no_mutable_globals(sources: Path, tmp_path: Path) -> None:
    """Every object is constant: nothing of the model or its kernels lands in .data, .bss or a common block."""
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    checked = tmp_path / "check.o"
    for file in sorted((sources / "src").rglob("*.c")):
        compiler = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-O2", "-Isrc", "-Isrc/kernels"]
        compile_once([*compiler, "-o", checked, "-c", file.relative_to(sources)], sources)
        symbols = subprocess.run(["arm-none-eabi-nm", checked], check=True, capture_output=True, text=True)
        kinds = {line.split()[-2] for line in symbols.stdout.splitlines()}
        assert not kinds & set("DdBbC"), f"{file.name}: {symbols.stdout}"
