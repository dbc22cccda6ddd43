"""`mcucompile profile`: its JSON, its table, its errors."""

import errno
import json
import shutil
from pathlib import Path

import pytest

from mcucompile.target import find_target
from mcucompile.toolchain import Counts, build_images
from tests.command import Command


def build(command: Command, *options: str) -> None:
    assert command("build", "tiny.onnx", "--calibration", "calibration.npz", "--no-verify", *options).exit_code == 0


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55"])
def test_json_is_complete_and_adds_up(command: Command, target: str) -> None:
    build(command, "--target", target)
    outcome = command("profile", "build/tiny", "--json")
    assert (outcome.exit_code, outcome.err) == (0, "")
    profile = outcome.json
    report = json.loads(Path("build/tiny/report.json").read_text())

    assert [(at["name"], at["kernel"], at["macs"]) for at in profile["layers"]] == [
        (at["name"], at["kernel"], at["macs"]) for at in report["layers"]
    ]
    parts = [*profile["layers"], profile["between_layers"]]
    assert profile["instructions_per_inference"] == sum(part["instructions"] for part in parts)
    assert profile["instructions_per_inference"] == sum(f["instructions"] for f in profile["functions"])
    for key in ("loads", "stores", "multiplies", "branches", "branches_taken"):
        assert profile[key] == sum(part[key] for part in parts), key
    cycles = sum(part["cycles_estimate"] for part in parts)
    assert profile["cycles_estimate"] == pytest.approx(cycles, abs=len(parts)), "each part is rounded"
    for part in parts:
        assert part["instructions"] == sum(part["instructions_by_kind"].values())
    for layer in profile["layers"]:
        assert layer["instructions"] == sum(f["instructions"] for f in layer["functions"]) > 0
        assert layer["instructions_per_mac"] == (layer["instructions"] / layer["macs"] if layer["macs"] else None)
    assert profile["unaligned_accesses"] == 0 or target != "cortex-m0"
    assert command("profile", "build/tiny", "--json").json == profile


def test_table_says_what_is_exact_and_what_is_an_estimate(command: Command) -> None:
    build(command)
    shown = command("profile", "build/tiny")
    total = command("profile", "build/tiny", "--json").json["instructions_per_inference"]
    assert shown.exit_code == 0
    assert f"{total:,} in one inference" in shown.out
    assert "exact, counted in QEMU (mps2-an386)" in shown.out
    assert "an estimate for memory without wait states" in shown.out
    assert "Cortex-M4 Technical Reference Manual" in shown.out
    assert "between layers" in shown.out


def test_chart_lies_beside_the_build_or_where_it_is_wanted(command: Command) -> None:
    build(command)
    shown = command("profile", "build/tiny")
    total = command("profile", "build/tiny", "--svg", "chart.svg", "--json").json["instructions_per_inference"]
    chart = Path("build/tiny/profile.svg").read_text()
    assert "build/tiny/profile.svg" in shown.out
    assert f"tiny: {total:,} instructions in one inference on cortex-m4" in chart
    assert chart == Path("chart.svg").read_text()
    build(command)  # takes the place of a build with a chart in it


def test_chart_that_cannot_be_written(command: Command) -> None:
    build(command)
    outcome = command("profile", "build/tiny", "--svg", "nowhere/chart.svg")
    assert (outcome.exit_code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: nowhere/chart.svg\n  found    No such file or directory\n")


def test_a_full_disk_costs_the_chart_alone(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    build(command)
    command("profile", "build/tiny", "--svg", "chart.svg")
    before = Path("chart.svg").read_text()

    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_room)
    outcome = command("profile", "build/tiny", "--svg", "chart.svg", "--json")
    assert outcome.exit_code == 2
    assert outcome.json["instructions_per_inference"] > 0
    assert outcome.err.startswith("error: chart.svg\n  found    No space left on device\n")
    assert Path("chart.svg").read_text() == before
    assert not list(Path().glob(".chart.svg*"))


def test_cortex_m55_without_llvm_says_what_the_estimate_needs(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcucompile.toolchain.estimates.find_simulator", lambda: None)
    build(command, "--target", "cortex-m55")
    profile = command("profile", "build/tiny", "--json").json
    assert (profile["cycles_estimate"], profile["cycles_source"]) == (None, None)
    assert profile["no_cycles_because"].startswith("no llvm-mca of LLVM 16 or newer")
    assert "no estimate: no llvm-mca of LLVM 16 or newer" in command("profile", "build/tiny").out


def test_folder_that_is_not_ours(command: Command) -> None:
    Path("other").mkdir()
    (Path("other") / "file").touch()
    assert command("profile", "other").exit_code == 2
    assert command("profile", "nowhere").exit_code == 2


def test_build_without_images(command: Command) -> None:
    build(command, "--sources-only")
    outcome = command("profile", "build/tiny")
    assert (outcome.exit_code, outcome.err) == (
        2,
        "error: build/tiny\n"
        "  found    no tiny_verify.elf\n"
        "  allowed  a build with firmware images\n"
        "  do       build without --sources-only\n",
    )


def hide_cc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what profile wants on PATH, but no C compiler of this machine."""
    leave_on_path(monkeypatch, "qemu-system-arm", "arm-none-eabi-objdump")


def leave_on_path(monkeypatch: pytest.MonkeyPatch, *tools: str) -> None:
    folder = Path("bin").absolute()
    folder.mkdir()
    for tool in tools:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m33", "cortex-m55", "microbit", "stm32f405"])
@pytest.mark.parametrize("mode", ["arena", "rows"])
def test_systick_counts_as_the_plugin_does(
    command: Command, monkeypatch: pytest.MonkeyPatch, target: str, mode: str
) -> None:
    """But for up to 15 instructions around the model and each callback, and what tracing adds to a step."""
    build(command, "--target", target, "--input-mode", mode)
    exact = command("profile", "build/tiny", "--json").json
    hide_cc(monkeypatch)
    outcome = command("profile", "build/tiny", "--json")
    assert (outcome.exit_code, outcome.err) == (0, "")
    profile = outcome.json

    assert (exact["counted_by"], profile["counted_by"]) == ("plugin", "SysTick")
    assert list(profile) == list(exact)
    rows = 6 if mode == "rows" else 0
    assert 0 <= profile["instructions_per_inference"] - exact["instructions_per_inference"] <= 15 * (1 + rows)
    for layer, counted in zip(profile["layers"], exact["layers"], strict=True):
        assert list(layer) == list(counted)
        assert layer["instructions"] > counted["instructions"] > 0
        assert {key for key, value in layer.items() if value is None} >= {"loads", "cycles_estimate", "functions"}
    extra = sum(layer["instructions"] for layer in profile["layers"]) - exact["instructions_per_inference"]
    assert 0 <= extra <= 0.05 * exact["instructions_per_inference"]
    assert {key for key, value in profile.items() if value is None} == {
        "instructions_by_kind",
        "loads",
        "stores",
        "multiplies",
        "branches",
        "branches_taken",
        "cycles_estimate",
        "cycles_source",
        "unaligned_accesses",
        "between_layers",
        "functions",
    }


def test_table_without_host_compiler_says_what_counted(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    build(command)
    hide_cc(monkeypatch)
    shown = command("profile", "build/tiny")
    total = command("profile", "build/tiny", "--json").json["instructions_per_inference"]
    assert shown.exit_code == 0
    assert f"{total:,} in one inference" in shown.out
    assert "counted by SysTick in QEMU (mps2-an386, -icount)" in shown.out
    assert "no cc on PATH, the C compiler of this machine (apt-get install gcc libc6-dev)" in shown.out
    assert "function (from" not in shown.out
    assert "exact" not in shown.out


def test_host_compiler_that_cannot_compile_is_named_and_systick_counts(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(command)
    hide_cc(monkeypatch)
    cc = Path("bin/cc")
    cc.write_text("#!/bin/sh\necho 'fatal error: stdio.h: No such file or directory'\necho more\nexit 1\n")
    cc.chmod(0o755)
    shown = command("profile", "build/tiny")
    assert (shown.exit_code, shown.err) == (0, "")
    assert "counted by SysTick in QEMU" in shown.out
    assert (
        "cc, the C compiler of this machine, cannot compile the plugin: fatal error: stdio.h: No such file or directory"
        " to the instruction"
    ) in " ".join(shown.out.split())


def test_systick_counts_without_a_disassembler(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    build(command)
    leave_on_path(monkeypatch, "qemu-system-arm", "cc")
    outcome = command("profile", "build/tiny")
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert "no arm-none-eabi-objdump on PATH, which reads the instructions that a plugin counts" in outcome.out


def test_missing_qemu(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    build(command)
    monkeypatch.setenv("PATH", "")
    outcome = command("profile", "build/tiny")
    assert outcome.exit_code == 6
    assert "tool missing: qemu-system-arm" in outcome.err


@pytest.mark.parametrize(("target", "exit_code"), [("cortex-m0", 1), ("cortex-m3", 0)])
def test_unaligned_accesses_fail_on_cortex_m0(
    command: Command, monkeypatch: pytest.MonkeyPatch, target: str, exit_code: int
) -> None:
    build(command, "--target", target)
    counts = Counts((), {"arm_convolve_s8": 3, "memcpy": 1})
    monkeypatch.setattr("mcucompile.profiling.count_instructions", lambda *_: counts)
    outcome = command("profile", "build/tiny")
    assert outcome.exit_code == exit_code
    if exit_code == 0:
        assert "4 accesses, which take extra cycles" in outcome.out
    else:
        assert outcome.err == (
            "internal error: tiny_verify.elf in QEMU\n"
            "  found    unaligned accesses: 3 in arm_convolve_s8, 1 in memcpy\n"
            "  allowed  none: a Cortex-M0 faults on them, although QEMU forgives\n"
            "  do       report this as a bug in mcucompile, with the model\n"
        )


@pytest.mark.parametrize(
    ("target", "exit_code", "said"),
    [
        ("cortex-m0", 1, "found    unaligned accesses: 1 in mcu_mean_s8\n"),
        ("microbit", 5, "fault: exception 3"),
        ("cortex-m3", 0, ""),
    ],
)
def test_kernel_that_reads_an_odd_address(command: Command, target: str, exit_code: int, said: str) -> None:
    """QEMU runs cortex-m0 on a Cortex-M3, which takes unaligned words; its micro:bit faults by itself."""
    build(command, "--target", target)
    kernel = Path("build/tiny/src/kernels/mcu_mean_s8.c")
    unaligned = "\n{\n    (void)*(const volatile int32_t *)(const volatile void *)(x + 1);\n"
    kernel.write_text(unaligned.join(kernel.read_text().rsplit("\n{\n", 1)))  # the kernel comes after its helpers
    build_images(Path("build/tiny").absolute(), "tiny", find_target(target), "speed")
    outcome = command("profile", "build/tiny")
    assert outcome.exit_code == exit_code
    assert said in outcome.err
    if exit_code == 0:
        assert "accesses, which take extra cycles" in outcome.out
