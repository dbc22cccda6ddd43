"""Every kernel file compiles without a warning wherever it may be used, and the headers serve C++ too."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mcucompile.resources import resource

KERNELS = resource("firmware") / "kernels"
INCLUDE = KERNELS / "include"
FILES = sorted(KERNELS.glob("*.c"))
THUMB = {"mcu_packed", "mcu_multiply_vector"}
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic"]
ARM = ["arm-none-eabi-gcc", "-mthumb"]
CORES = ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
HELIUM = ["-mcpu=cortex-m55", "-mfloat-abi=hard"]
# Clang finds string.h of an Arm target in GCC's C library, and counts assembly as strings.
ARM_CLANG = ["clang", "--target=arm-none-eabi", "-isystem", "/usr/lib/arm-none-eabi/include", "-Wno-overlength-strings"]
COMPILERS = [
    ["gcc"],
    ["clang"],
    *([*ARM, f"-mcpu={core}"] for core in CORES),
    [*ARM, *HELIUM],
    [*ARM, "-mcpu=cortex-m3", "-mno-unaligned-access"],
    *([*ARM_CLANG, f"-mcpu={core}"] for core in ("cortex-m0", "cortex-m3", "cortex-m4")),
    [*ARM_CLANG, *HELIUM],
]

# What CMSIS-NN's structures look like to a caller, as 32-bit words before each field.
LAYOUT = """
#include <stddef.h>
#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#include "mcu_kernels.h"
#define AT(type, field, word) typedef char type##_##field[offsetof(type, field) == 4 * (word) ? 1 : -1]
AT(cmsis_nn_tile, h, 1);
AT(cmsis_nn_dims, c, 3);
AT(cmsis_nn_conv_params, stride, 2);
AT(cmsis_nn_conv_params, padding, 4);
AT(cmsis_nn_conv_params, dilation, 6);
AT(cmsis_nn_conv_params, activation, 8);
AT(cmsis_nn_dw_conv_params, ch_mult, 2);
AT(cmsis_nn_dw_conv_params, activation, 9);
AT(cmsis_nn_pool_params, padding, 2);
AT(cmsis_nn_pool_params, activation, 4);
AT(cmsis_nn_fc_params, filter_offset, 1);
AT(cmsis_nn_fc_params, activation, 3);
"""

SCRATCH = """
int main(void)
{
    return arm_convolve_wrapper_s8_get_buffer_size(0, 0, 0, 0) + arm_convolve_s8_get_buffer_size(0, 0) +
           arm_convolve_1x1_s8_fast_get_buffer_size(0) + arm_depthwise_conv_wrapper_s8_get_buffer_size(0, 0, 0, 0) +
           arm_fully_connected_s8_get_buffer_size(0) + arm_avgpool_s8_get_buffer_size(4, 4);
}
"""


def compile_files(compiler: list[str], *arguments: str | Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    if "-isystem" in compiler and not Path(compiler[compiler.index("-isystem") + 1]).is_dir():
        pytest.skip("no C library for Arm targets")
    done = subprocess.run([*compiler, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("compiler", COMPILERS, ids=" ".join)
@pytest.mark.parametrize(
    "level",
    [["-O0"], ["-Os"], ["-O3"], ["-O1", "-fno-omit-frame-pointer"], ["-O2", "-fno-omit-frame-pointer"]],
    ids=" ".join,
)
def test_kernels_compile_without_warnings(compiler: list[str], level: list[str], tmp_path: Path) -> None:
    for file in FILES:
        compile_files(compiler, "-std=c99", *STRICT, *level, "-I", INCLUDE, "-c", file, "-o", tmp_path / "kernel.o")


@pytest.mark.parametrize("compiler", [[*ARM, "-mcpu=cortex-m4"], [*ARM, *HELIUM]], ids=" ".join)
@pytest.mark.parametrize(
    "options",
    [["-O3", "-fno-omit-frame-pointer"], ["-O2", "-fstack-protector-strong"], ["-O2", "-ffixed-r9"]],
    ids=" ".join,
)
def test_assembly_leaves_a_register_to_the_compiler(compiler: list[str], options: list[str], tmp_path: Path) -> None:
    for file in FILES:
        compile_files(compiler, "-std=c99", *STRICT, *options, "-I", INCLUDE, "-c", file, "-o", tmp_path / "kernel.o")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_the_function_it_is_named_after_and_no_other(file: Path, tmp_path: Path) -> None:
    """The sources of headers for Arm cores hold nothing here."""
    compile_files(["gcc"], "-std=c99", "-O1", "-I", INCLUDE, "-c", file, "-o", tmp_path / "kernel.o")
    symbols = subprocess.run(
        ["nm", "--defined-only", "-g", tmp_path / "kernel.o"], capture_output=True, text=True, check=True
    )
    assert [line.split()[-1] for line in symbols.stdout.splitlines()] == (
        [] if file.stem.endswith("_dsp") or file.stem in THUMB else [file.stem]
    )


@pytest.mark.parametrize("compiler", [["gcc", "-x", "c", "-std=c99"], ["g++", "-x", "c++", "-std=c++11"]], ids=" ".join)
def test_structures_are_laid_out_as_in_cmsis_nn_and_nothing_needs_scratch(compiler: list[str], tmp_path: Path) -> None:
    source = tmp_path / "layout.c"
    source.write_text(LAYOUT + SCRATCH)
    compile_files(compiler, *STRICT, "-I", INCLUDE, source, "-o", tmp_path / "layout")
    assert subprocess.run([tmp_path / "layout"], check=False).returncode == 0
