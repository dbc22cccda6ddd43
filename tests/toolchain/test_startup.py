"""What start-up must have done before the model runs."""

import pytest

from mcucompile.target import find_target, targets
from mcucompile.toolchain import emulate, run_board_image
from tests.toolchain import toy
from tests.toolchain.conftest import BuildToy

FLOAT = "volatile float half = 0.5f;\n    if (half * 4.0f != 2.0f) { return 9; }"
VECTOR = """\
int8x16_t twice = vaddq_s8(vld1q_s8(bytes), vld1q_s8(bytes));
    if (vgetq_lane_s8(twice, 3) != (int8_t)(bytes[3] * 2)) { return 9; }"""
VARIABLES = """\
static volatile int initial[2] = {5, 6}, zero[3];
    if (initial[0] != 5 || initial[1] != 6 || zero[2] != 0) { return 9; }"""


def runs(build_toy: BuildToy, target: str, code: str, include: str = "") -> bool:
    chip, x = find_target(target), toy.some_inputs(1)
    images = build_toy(chip, fault=code, include=include)
    outputs = emulate(images.verify_elf, chip, x, toy.OUTPUT_BYTES, timeout_s=60).outputs
    passed = run_board_image(images.elf, chip, timeout_s=60).endswith("PASS\n")
    return passed and outputs.tobytes() == toy.expected_output(x).tobytes()


@pytest.mark.parametrize("target", list(targets()))
def test_floating_point_works(build_toy: BuildToy, target: str) -> None:
    assert runs(build_toy, target, FLOAT)


def test_vectors_work(build_toy: BuildToy) -> None:
    assert runs(build_toy, "cortex-m55", VECTOR, include="arm_mve.h")


@pytest.mark.parametrize("target", list(targets()))
def test_variables_are_initialized(build_toy: BuildToy, target: str) -> None:
    assert runs(build_toy, target, VARIABLES)
