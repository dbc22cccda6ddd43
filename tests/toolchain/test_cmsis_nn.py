"""A user's CMSIS-NN is found, tried in QEMU and refused where it gives other bits. Stand-ins are built here."""

import subprocess
from pathlib import Path

import pytest

from mcucompile.errors import UsageError
from mcucompile.resources import resource
from mcucompile.target import find_target
from mcucompile.toolchain import build_images, emulate
from mcucompile.toolchain.cmsis_nn import find_cmsis_nn, require_double_rounding
from tests.toolchain import toy

TARGET = find_target("cortex-m4")

SINGLE_ROUNDING = """\
#include "arm_nnfunctions.h"
arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t *a, const int8_t *b, const int32_t a_offset,
    const int32_t b_offset, int8_t *out, const int32_t out_offset, const int32_t mult, const int32_t shift,
    const int32_t act_min, const int32_t act_max, const int32_t size)
{
    (void)act_min; (void)act_max;
    for (int i = 0; i < size; ++i) {
        int64_t scaled = (int64_t)((a[i] + a_offset) * (b[i] + b_offset)) * mult;
        out[i] = (int8_t)(((scaled + ((int64_t)1 << (30 - shift))) >> (31 - shift)) + out_offset);
    }
    return ARM_CMSIS_NN_SUCCESS;
}
"""


def install(prefix: Path, source: Path, library: str = "lib", include: str = "include") -> Path:
    headers = resource("firmware") / "kernels/include"
    (prefix / include).mkdir(parents=True)
    (prefix / library).mkdir(exist_ok=True)
    for header in headers.iterdir():
        (prefix / include / header.name).write_bytes(header.read_bytes())
    compiler = ["arm-none-eabi-gcc", *TARGET.core.flags, "-O2", f"-I{headers}", "-c", source, "-o", prefix / "a.o"]
    subprocess.run(compiler, check=True)
    subprocess.run(["arm-none-eabi-ar", "rc", prefix / library / "libcmsis-nn.a", prefix / "a.o"], check=True)
    return prefix


def double(prefix: Path, library: str = "lib", include: str = "include") -> Path:
    return install(prefix, resource("firmware") / "kernels/arm_elementwise_mul_s8.c", library, include)


@pytest.mark.parametrize(("library", "include"), [("", "Include"), ("lib", "include"), ("lib64", "include")])
def test_library_is_found_and_accepted(tmp_path: Path, library: str, include: str) -> None:
    found = find_cmsis_nn(double(tmp_path, library, include))
    assert found.include == tmp_path / include
    assert found.library == tmp_path / library / "libcmsis-nn.a"
    require_double_rounding(found, TARGET)


def test_single_rounding_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "single.c"
    source.write_text(SINGLE_ROUNDING)
    with pytest.raises(UsageError) as caught:
        require_double_rounding(find_cmsis_nn(install(tmp_path, source)), TARGET)
    assert str(caught.value) == (
        f"error: --cmsis-nn {tmp_path}/lib/libcmsis-nn.a\n"
        "  found    built with single rounding (CMSIS_NN_USE_SINGLE_ROUNDING)\n"
        "  allowed  double rounding, whose bits the compiled model has\n"
        "  do       build CMSIS-NN without CMSIS_NN_USE_SINGLE_ROUNDING"
    )


def test_library_for_another_core_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        require_double_rounding(find_cmsis_nn(double(tmp_path)), find_target("cortex-m0"))
    assert "found    does not run on cortex-m0: " in str(caught.value)
    assert "uses VFP register arguments" in str(caught.value)
    assert str(caught.value).endswith("do       build CMSIS-NN with -mcpu=cortex-m0 -mthumb -mfloat-abi=soft")


@pytest.mark.parametrize("missing", ["arm_nnfunctions.h", "libcmsis-nn.a"])
def test_incomplete_installation_is_refused(tmp_path: Path, missing: str) -> None:
    double(tmp_path)
    next(tmp_path.rglob(missing)).unlink()
    with pytest.raises(UsageError) as caught:
        find_cmsis_nn(tmp_path)
    assert str(caught.value) == (
        f"error: --cmsis-nn {tmp_path}\n"
        f"  found    no {missing}\n"
        "  allowed  include/arm_nnfunctions.h (or Include/), and libcmsis-nn.a here or in lib/ or lib64/\n"
        "  do       build CMSIS-NN for the target's core and give the folder that holds both"
    )


def test_model_calls_the_library(tmp_path: Path) -> None:
    directory, prefix = tmp_path / "build", double(tmp_path / "prefix")
    directory.mkdir()
    call = "arm_elementwise_mul_s8(bytes, bytes, 0, 0, bytes, 0, 1 << 30, 0, 0, 1, 4);"
    toy.write_toy(directory, TARGET, fault=call, include="arm_nnfunctions.h")
    images = build_images(directory, toy.NAME, TARGET, "speed", prefix)
    result = emulate(images.verify_elf, TARGET, toy.some_inputs(1), toy.OUTPUT_BYTES, timeout_s=60)
    assert result.outputs.tobytes() == toy.expected_output(toy.some_inputs(1)).tobytes()
    assert result.stack_bytes <= images.stack_bytes
