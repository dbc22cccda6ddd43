"""Instruction counts of the toy model in QEMU: exact, repeatable, of the model as it ships and nothing else."""

import itertools
import re
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mcucompile.errors import NotBitExactError, ToolMissingError
from mcucompile.target import find_target
from mcucompile.toolchain import Counts, count_instructions, why_no_plugin
from mcucompile.toolchain.elf import functions
from mcucompile.toolchain.plugin import wanted_api
from mcucompile.toolchain.qemu import qemu_semihosting_command
from tests.toolchain import toy
from tests.toolchain.conftest import BuildToy

CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"]
BOARDS = ["microbit", "stm32vldiscovery", "stm32f405"]
INPUT = toy.some_inputs(1)[0]


def count(build_toy: BuildToy, target: str, **options: str) -> Counts:
    images = build_toy(target, **options)
    return count_instructions(images.verify_elf, toy.NAME, find_target(target), INPUT, timeout_s=60)


def listing(elf: Path) -> str:
    return subprocess.run(["arm-none-eabi-objdump", "-d", elf], capture_output=True, text=True, check=True).stdout


def instructions(counts: Counts, layer: int | None) -> int:
    return sum(e.count for e in counts.executions if e.layer == layer)


@pytest.mark.parametrize("target", [*CORES, *BOARDS])
def test_two_runs_are_equal_and_every_layer_counts(build_toy: BuildToy, target: str) -> None:
    first, again = count(build_toy, target), count(build_toy, target)
    assert sorted(map(str, first.executions)) == sorted(map(str, again.executions))
    assert {e.layer for e in first.executions} == {None, 0, 1}
    assert instructions(first, 0) >= 8  # 32 bytes; a Cortex-M55 takes 16 at once
    assert first.unaligned == {} or target != "cortex-m0"


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m33", "cortex-m55"])
def test_qemu_s_own_log_of_single_steps_agrees(build_toy: BuildToy, target: str, tmp_path: Path) -> None:
    """The oracle has no plugin: QEMU translates one instruction at a time and logs the address of each."""
    elf, emulation = build_toy(target).verify_elf, find_target(target).emulation
    (tmp_path / "inputs.bin").write_bytes(INPUT.tobytes())
    command = [*qemu_semihosting_command(emulation, elf), "-singlestep", "-d", "exec,nochain", "-D", "log"]
    subprocess.run(command, cwd=tmp_path, check=True)
    logged = [int(a, 16) for a in re.findall(r"^Trace .*\[\w+/(\w+)/", (tmp_path / "log").read_text(), re.MULTILINE)]

    addresses = {f.name: f.addresses for f in functions(elf)}
    begin = logged.index(addresses["toy_invoke"].start)
    end = next(i for i in range(begin, len(logged)) if logged[i] in addresses["run_as_shipped"])
    executions = count(build_toy, target).executions
    found = Counter[int]()
    for execution in executions:
        found[execution.instruction.address] += execution.count
    assert found == Counter(logged[begin:end])

    following = dict(
        itertools.pairwise(sorted(int(a, 16) for a in re.findall(r"^ *(\w+):\t", listing(elf), re.MULTILINE)))
    )
    jumps = Counter(a for a, after in itertools.pairwise(logged[begin : end + 1]) if after != following[a])
    taken = Counter[int]()
    for execution in executions:
        taken[execution.instruction.address] += execution.taken
    assert +taken == jumps


def test_vector_instructions_are_not_taken_for_a_coprocessor_s(build_toy: BuildToy) -> None:
    executed = {e.instruction.operation for e in count(build_toy, "cortex-m55").executions}
    assert any(name.startswith("vldr") for name in executed)
    assert not {name for name in executed if re.match(r"ldc|stc|cdp|mcr|mrc|mrrc", name)}


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4"])
def test_a_loop_counts_once_for_each_pass(build_toy: BuildToy, target: str) -> None:
    """Layer 1 multiplies and adds 4 x 32 numbers one by one."""
    counts = count(build_toy, target, optimize="size")
    loads = [e.count for e in counts.executions if e.layer == 1 and e.instruction.operation.startswith("ldrsb")]
    assert 4 * 32 in loads


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4"])
def test_what_a_layer_calls_counts_for_that_layer(build_toy: BuildToy, target: str) -> None:
    """The division of 64-bit numbers is libgcc's, and only layer 1 divides."""
    library = {e.function: e.layer for e in count(build_toy, target).executions if "ldiv" in e.function}
    assert library
    assert set(library.values()) == {1}


@pytest.mark.parametrize("mode", ["arena", "external", "rows"])
def test_only_the_shipped_model_counts(build_toy: BuildToy, mode: str) -> None:
    counts = count(build_toy, "cortex-m4", mode=mode, optimize="size")
    functions = {e.function for e in counts.executions}
    assert any(name.startswith("toy_invoke") and not name.endswith("traced") for name in functions)
    harness = ("main", "mcu_trace", "give_row", "read_input", "arena_poison", "run_as_shipped", "semihosting_read")
    assert functions.isdisjoint(harness)
    assert not any("traced" in name for name in functions)
    (entry,) = [e for e in counts.executions if e.function.startswith("toy_invoke") and e.previous is None]
    assert entry.count == 1


def test_other_input_modes_cost_their_own_instructions_only(build_toy: BuildToy) -> None:
    modes = [count(build_toy, "cortex-m4", mode=mode, optimize="size") for mode in ("arena", "external", "rows")]
    assert len({instructions(counts, 1) for counts in modes}) == 1
    assert instructions(modes[0], None) < instructions(modes[1], None)


def test_branches_taken_are_told_from_those_that_fall_through(build_toy: BuildToy) -> None:
    counts = count(build_toy, "cortex-m4", optimize="size")
    assert all(e.taken <= e.count for e in counts.executions)
    back = [(e.count, e.taken) for e in counts.executions if e.layer == 1 and e.instruction.operation == "bne"]
    assert (4 * 32, 4 * 31) in back


def test_unaligned_access_is_found(build_toy: BuildToy) -> None:
    fault = "*(volatile int32_t *)(bytes + 1) = 0; *(volatile int32_t *)(bytes + 4) = 0;"
    counts = count(build_toy, "cortex-m0", fault=fault, optimize="size")
    assert counts.unaligned == {"toy_invoke": 1}


def test_image_that_fails_is_reported(build_toy: BuildToy) -> None:
    with pytest.raises(NotBitExactError, match=r"toy_verify\.elf in QEMU"):
        count(build_toy, "cortex-m4", fault="return 7;")


def test_what_the_plugin_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_no_plugin() is None
    monkeypatch.setattr("mcucompile.toolchain.plugin.HOST_COMPILER", "no-such-compiler")
    assert why_no_plugin() == (
        "no no-such-compiler on PATH, the C compiler of this machine (apt-get install gcc libc6-dev)"
    )
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissingError, match="qemu-system-arm"):
        why_no_plugin()


def test_newer_qemu_names_the_interface_it_wants() -> None:
    said = "TCG plugin x.so requires API version 1, but this QEMU supports only a minimum version of 4\n"
    assert wanted_api(said) == 4
    assert wanted_api("anything else") is None


def test_counts_do_not_depend_on_the_harness_around_them(build_toy: BuildToy) -> None:
    """A second input runs the model once more, and only that."""
    images, target = build_toy("cortex-m4", optimize="size"), find_target("cortex-m4")
    one = count_instructions(images.verify_elf, toy.NAME, target, INPUT, timeout_s=60)
    two = count_instructions(images.verify_elf, toy.NAME, target, np.concatenate([INPUT, INPUT]), timeout_s=60)
    assert sum(e.count for e in two.executions) == 2 * sum(e.count for e in one.executions)
