"""Every kernel against its portable twin, in QEMU, on random shapes, factors, values and places in memory.

A kernel must give the same bits, write its whole output and nothing else, read nothing outside its inputs, and on
Cortex-M0 touch words at multiples of their size only. tests/emulator/fuzz makes each case from a seed. Many more:

    pytest tests/emulator/test_kernel_fuzz.py --fuzz-cases 100000 --fuzz-seed 5000
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.emulator.kernel_fuzzer import KERNELS, Fuzzer, Objects, Outcome, compile_harness, compile_kernels

CORES = ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m33", "cortex-m55")  # M7 has the instructions of M4
BEHIND_WRAPPERS = {
    "arm_convolve_1x1_s8",
    "arm_convolve_1x1_s8_fast",
    "arm_depthwise_conv_3x3_s8",
    "arm_depthwise_conv_s8",
}
DECLARED = re.compile(r"^(?:arm_cmsis_nn_status|void) (\w+)\(", re.M)

KernelsOf = Callable[[str, str], Objects]
RunWithLookup = Callable[..., Outcome]


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    return compile_harness(tmp_path_factory.mktemp("harness"))


@pytest.fixture(scope="session")
def kernels_of(tmp_path_factory: pytest.TempPathFactory) -> KernelsOf:
    return cache(lambda core, optimize: compile_kernels(core, optimize, tmp_path_factory.mktemp("kernels")))


def told(outcome: Outcome, core: str, optimize: str) -> str:
    command = f"pytest tests/emulator/test_kernel_fuzz.py -k {core}-{optimize}"
    return f"{outcome.wrong}repeat: {command} --fuzz-seed {outcome.case} --fuzz-cases 1"


@pytest.mark.parametrize("optimize", ["speed", "size"])
@pytest.mark.parametrize("core", CORES)
def test_kernels_equal_their_twins(
    tmp_path: Path, harness: Objects, kernels_of: KernelsOf, core: str, optimize: str, pytestconfig: pytest.Config
) -> None:
    fuzzer = Fuzzer.of(harness, kernels_of(core, optimize), core, tmp_path / "fuzz.elf")
    outcome = fuzzer.run(pytestconfig.getoption("--fuzz-seed"), pytestconfig.getoption("--fuzz-cases"))
    assert outcome.wrong == "", told(outcome, core, optimize)


LOOKUP = """\
#include "mcu_kernels.h"

void mcu_lookup_s8(const int8_t *x, const int8_t *table, int8_t *y, int32_t size)
{
    for (int32_t i = FIRST; i < size; ++i) {
        y[i] = table[x[i] + 128];
    }
    BROKEN;
}
"""


@pytest.fixture
def run_with_lookup(tmp_path: Path, harness: Objects, kernels_of: KernelsOf) -> RunWithLookup:
    """Fuzzes the kernels with another mcu_lookup_s8, which may go on after its loop."""

    def run(broken: str, first: int = 0, core: str = "cortex-m4") -> Outcome:
        folder = tmp_path / core
        folder.mkdir()
        (folder / "mcu_lookup_s8.c").write_text(LOOKUP.replace("FIRST", str(first)).replace("BROKEN", broken))
        kernels = kernels_of(core, "size") | compile_kernels(core, "size", folder, folder)
        return Fuzzer.of(harness, kernels, core, folder / "fuzz.elf").run(0, 1000)

    return run


def test_every_kernel_has_cases(run_with_lookup: RunWithLookup) -> None:
    outcome = run_with_lookup("")
    assert outcome.wrong == ""
    assert min(outcome.cases.values()) > 5
    assert sum(outcome.cases.values()) == 1000
    headers = [KERNELS / "include" / name for name in ("arm_nnfunctions.h", "mcu_kernels.h")]
    declared = {name for header in headers for name in DECLARED.findall(header.read_text(encoding="utf-8"))}
    assert set(outcome.cases) == declared - BEHIND_WRAPPERS


NUMBER = r"-?\d+"
TABLE = r"table \[256\]"
X, Y = (rf"{name} \[\d+\]" for name in "xy")
BAD_ADDRESS, UNALIGNED = "0x00008200", "0x01000000"


def fault(status: str) -> str:
    return rf"fault: exception 3 at pc 0x\w+ in mcu_lookup_s8, fault status {status}, halted\n"


BROKEN = {
    "a wrong byte": (
        "y[size - 1] ^= 1",
        rf"wrong result: byte {NUMBER} of {Y} is {NUMBER}, expected {NUMBER}\n",
    ),
    "another input": (
        "((int8_t *)table)[3] ^= 1",
        rf"input changed: byte 3 of {TABLE} is {NUMBER}, expected {NUMBER}\n",
    ),
    "a write before": (
        "((int8_t *)table)[-1] = 0",
        rf"{fault(BAD_ADDRESS)}access outside: byte -1 of {TABLE}\n|"
        rf"write outside: byte -1 of {TABLE} is 0, expected 90\n",
    ),
    "a read before": (
        "(void)*(volatile const int8_t *)(x - 1)",
        rf"{fault(BAD_ADDRESS)}access outside: byte -1 of {X}\n",
    ),
    "a read behind": (
        "(void)*(volatile const int8_t *)(table + 256)",
        rf"{fault(BAD_ADDRESS)}access outside: byte 256 of {TABLE}\n",
    ),
}


@pytest.mark.parametrize(("broken", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_kernel_is_found(run_with_lookup: RunWithLookup, broken: str, message: str) -> None:
    outcome = run_with_lookup(broken)
    case = r"case (\d+): mcu_lookup_s8\n  size \d+(, in place 1)?\n"
    found = re.fullmatch(f"(?:{message}){case}", outcome.wrong)
    assert found is not None, outcome.wrong
    assert found[1] == str(outcome.case)


def test_a_byte_that_is_not_written_is_found(run_with_lookup: RunWithLookup) -> None:
    assert run_with_lookup("", first=1).wrong.startswith("wrong result: byte 0 of y [")


def test_a_write_between_the_buffers_is_found(run_with_lookup: RunWithLookup) -> None:
    """Where memory goes on beside the output, by its canaries."""
    outcome = run_with_lookup("if ((uintptr_t)y % 0x80000 != 0) y[-1] = 0")
    assert outcome.wrong.startswith("write outside: byte -1 of y ["), outcome.wrong


def test_an_unaligned_access_is_found_on_cortex_m0_only(run_with_lookup: RunWithLookup) -> None:
    unaligned = "(void)*(volatile const uint32_t *)(const void *)(table + 1)"
    outcome = run_with_lookup(unaligned, core="cortex-m0")
    assert re.match(fault(UNALIGNED), outcome.wrong), outcome.wrong
    assert run_with_lookup(unaligned, core="cortex-m4").wrong == ""
