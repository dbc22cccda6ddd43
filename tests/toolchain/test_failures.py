"""Firmware that goes wrong is reported, with what it said."""

import pytest

from mcucompile.errors import NotBitExactError
from mcucompile.target import find_target
from mcucompile.toolchain import emulate, run_board_image
from tests.toolchain import toy
from tests.toolchain.conftest import BuildToy

HANG = "for (;;) { }"
UNALIGNED_WRITE = "*(volatile uint32_t *)((uintptr_t)arena + 2) = 1u;"
BAD_ADDRESS = "*(volatile uint32_t *)0xF0000000u = 1u;"
WRITE_BEHIND = "((volatile int8_t *)arena)[100] = 1;"
WRITE_BEFORE = "((volatile int8_t *)arena)[-32] = 1;"
DEEP_STACK = '__asm__ volatile("mov sp, %0\\n\\tpush {r0-r7}\\n\\tpush {r0-r7}" : : "r"(0x20000010));'


def failure(build_toy: BuildToy, target: str, fault: str, timeout_s: float = 60) -> str:
    images = build_toy(target, fault=fault)
    with pytest.raises(NotBitExactError) as caught:
        emulate(images.verify_elf, find_target(target), toy.some_inputs(2), toy.OUTPUT_BYTES, timeout_s)
    return caught.value.problems[0].found


def test_hung_firmware_is_killed(build_toy: BuildToy) -> None:
    assert failure(build_toy, "cortex-m4", HANG, timeout_s=2) == "still running after 2 s: the firmware hangs"


def test_whole_message(build_toy: BuildToy) -> None:
    images = build_toy("microbit", fault="return 7;")
    with pytest.raises(NotBitExactError) as caught:
        emulate(images.verify_elf, find_target("microbit"), toy.some_inputs(1), toy.OUTPUT_BYTES, timeout_s=60)
    assert str(caught.value) == (
        "not bit-exact: toy_verify.elf in QEMU (microbit)\n"
        "  found    exit status 2; it said: invoke returned 7\n"
        "  allowed  exit status 0 and the outputs of all inputs\n"
        "  do       report this as a bug in mcucompile, with the model"
    )


def test_unaligned_access_faults_on_armv6m(build_toy: BuildToy) -> None:
    found = failure(build_toy, "microbit", UNALIGNED_WRITE)
    assert found.startswith("exit status 4; it said: fault: exception 3 at pc 0x0000")


@pytest.mark.parametrize("target", ["cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "stm32f405"])
def test_fault_is_reported_with_its_status(build_toy: BuildToy, target: str) -> None:
    found = failure(build_toy, target, BAD_ADDRESS)
    assert found.startswith("exit status 4; it said: fault: exception 3 at pc 0x")
    assert found.endswith(", fault status 0x00008200, halted")


@pytest.mark.parametrize("target", ["microbit", "stm32f405"])
def test_fault_on_a_board_is_reported_over_uart(build_toy: BuildToy, target: str) -> None:
    fault = UNALIGNED_WRITE if target == "microbit" else BAD_ADDRESS
    text = run_board_image(build_toy(target, fault=fault).elf, find_target(target), timeout_s=60)
    assert text.startswith("mcucompile firmware, model toy\nfault: exception 3 at pc 0x")
    assert text.endswith("halted\n")


@pytest.mark.parametrize("target", ["microbit", "stm32f405"])
def test_stack_overflow_is_reported(build_toy: BuildToy, target: str) -> None:
    assert "fault: exception 3, stack overflow" in failure(build_toy, target, DEEP_STACK)


@pytest.mark.parametrize(("fault", "byte"), [(WRITE_BEFORE, -32), (WRITE_BEHIND, 100)])
def test_write_outside_the_arena_is_reported(build_toy: BuildToy, fault: str, byte: int) -> None:
    expected = f"exit status 3; it said: guard: byte {byte} of an arena of 100 bytes was written"
    assert failure(build_toy, "cortex-m4", fault) == expected


def test_board_without_report_is_an_error(build_toy: BuildToy) -> None:
    images = build_toy("cortex-m4", fault=HANG)
    with pytest.raises(NotBitExactError, match="no report within 2 s; it said: mcucompile firmware, model toy"):
        run_board_image(images.elf, find_target("cortex-m4"), timeout_s=2)


def test_invoke_error_on_a_board_is_reported(build_toy: BuildToy) -> None:
    text = run_board_image(build_toy("microbit", fault="return 7;").elf, find_target("microbit"), timeout_s=60)
    assert text == "mcucompile firmware, model toy\nself test invoke error 7 FAIL\n"
