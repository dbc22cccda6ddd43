"""Cycles from LLVM's models of pipelines: what a block becomes, and what the models are known to say."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from mcucompile.toolchain.assembly import assembly
from mcucompile.toolchain.blocks import basic_blocks
from mcucompile.toolchain.counting import Execution
from mcucompile.toolchain.disassembly import Instruction, read_listing
from mcucompile.toolchain.estimates import estimate_cycles
from mcucompile.toolchain.simulator import OLDEST_LLVM, find_simulator


def listed(*texts: str) -> list[Instruction]:
    lines = (f"{0x100 + 4 * index:x}:\t" + text.replace(" ", "\t", 1) for index, text in enumerate(texts))
    return read_listing("\n".join(lines))


def executed(*texts: str, count: int = 1000, taken: int = 0, layer: int | None = 0) -> list[Execution]:
    """A straight piece of code; `taken`: how often its last instruction branches."""
    code = listed(*texts)
    before = [None, *code[:-1]]
    last = len(code) - 1
    return [
        Execution(layer, "f", at, previous, count, taken if index == last else 0)
        for index, (at, previous) in enumerate(zip(code, before, strict=True))
    ]


TRANSLATED = {
    ("mul.w r0, r1, r2", "str.w r3, [r1, #-16]"): "mul r0, r1, r2\nstr r3, [r1, #-16]",
    ("vldrw.u32 q0, [r2, #0]", "vqrdmulh.s32 q0, q0, q1"): "vldrw.u32 q0, [r2, #0]\nvqrdmulh.s32 q0, q0, q1",
    ("ldmia.w r0!, {r8-r9, sl}",): "ldr r8, [r0, #0]\nldr r9, [r0, #4]\nldr sl, [r0, #8]\nadd r0, r0, #12",
    ("ldmia r3, {r0, r1}",): "ldr r0, [r3, #0]\nldr r1, [r3, #4]",
    ("ldmia r0, {r0, r1, r2}",): "ldr r1, [r0, #4]\nldr r2, [r0, #8]\nldr r0, [r0, #0]",
    ("push {r4, lr}",): "str r4, [sp, #0]\nstr lr, [sp, #4]",
    ("pop {r4, pc}",): "ldr r4, [sp, #0]\nb target",
    ("itte ne", "addne r0, #1", "movne.w r1, r2", "moveq r0, r3"): "add r0, #1\nmov r1, r2\nmov r0, r3",
    ("bl 38000690 <f>",): "b target",
    ("bx lr",): "b target",
    ("cbz r0, 38000690 <f+0x1c>",): "cbz r0, target",
    ("dls lr, r1",): "mov lr, r1",
    ("wlstp.8 lr, r2, 38000690 <f+0x1c>",): "mov lr, r2",
    ("vadd.i32 q0, q0, q1", "le lr, 38000690 <f+0x1c>"): "vadd.i32 q0, q0, q1",
    ("nop",): "nop",
}


@pytest.mark.parametrize("block", TRANSLATED)
def test_assembly(block: tuple[str, ...]) -> None:
    assert assembly(listed(*block)) == TRANSLATED[block]


def test_what_binutils_cannot_name_is_one_instruction() -> None:
    assert assembly([Instruction(0x100, "unknown", "")]) == "mov r0, r0"


def counts(blocks: Iterable[list[Execution]]) -> list[list[int]]:
    return [[execution.count for execution in block] for block in blocks]


def test_blocks_end_at_branches_and_where_counts_layers_or_addresses_part() -> None:
    code = ["movs r0, #0", "adds r0, #1", "bne 100 <f>", "movs r1, #0"]
    once, *loop, after = (executed(*code, count=count)[index] for index, count in enumerate((1, 8, 8, 8)))
    assert counts(basic_blocks([after, once, *loop])) == [[1], [8, 8], [8]]
    other = executed("movs r0, #0", count=8, layer=1)
    assert counts(basic_blocks([*other, *loop])) == [[8, 8], [8]]
    assert counts(basic_blocks([loop[0], after])) == [[8], [8]]


LOAD, LOAD_OTHER = "vldrb.u8 q0, [r0, #0]", "vldrb.u8 q2, [r1, #0]"
DOT, DOT_OTHER = "vmladav.s8 r4, q0, q1", "vmladav.s8 r6, q2, q1"
KNOWN = {
    # A vector instruction takes two beats of its unit; those of other units run beside it.
    ("cortex-m55", (LOAD, LOAD_OTHER)): 4,
    ("cortex-m55", (LOAD, DOT, LOAD_OTHER, DOT_OTHER)): 4,
    # Single loads of an LDM, one a cycle; Cortex-M7 has two load units and one that multiplies.
    ("cortex-m55", ("ldmia r0, {r1, r2, r3, r4}",)): 4,
    ("cortex-m7", ("ldmia r0, {r1, r2, r3, r4}",)): 2,
    ("cortex-m7", ("smlad r2, r8, r9, r2", "smlad r3, r8, r10, r3")): 2,
    ("cortex-m7", ("mov r0, r8", "mov r1, r9")): 1,
}


@pytest.mark.parametrize(("core", "code"), KNOWN)
def test_cycles_of_a_pass(core: str, code: tuple[str, ...]) -> None:
    executions = executed(*code)
    found = estimate_cycles(core, executions)
    cycles = found.cycles(executions)
    assert cycles is not None, found.why_none
    assert cycles / 1000 == pytest.approx(KNOWN[core, code], abs=0.01)


def test_branch_taken_costs_a_refill_on_cortex_m55_but_not_at_the_end_of_a_low_overhead_loop() -> None:
    def cycles(*code: str, taken: int) -> int:
        executions = executed(*code, taken=taken)
        return estimate_cycles("cortex-m55", executions).cycles(executions) or 0

    branch, loop = ("adds r0, #1", "bne 100 <f>"), ("adds r0, #1", "le lr, 100 <f>")
    assert cycles(*branch, taken=600) - cycles(*branch, taken=0) == 3 * 600
    assert cycles(*loop, taken=600) == cycles(*loop, taken=0) > 0


def test_source_names_the_model() -> None:
    simulator = find_simulator()
    assert simulator is not None
    sources = {core: estimate_cycles(core, executed("nop")).source for core in ("cortex-m7", "cortex-m55")}
    assert sources == {
        "cortex-m7": f"pipeline model of cortex-m7 in LLVM (llvm-mca {simulator.version})",
        "cortex-m55": f"pipeline model of cortex-m55 in LLVM (llvm-mca {simulator.version}; refill 3)",
    }


def test_instruction_without_a_model_leaves_no_estimate() -> None:
    executions = executed("cps #3")
    found = estimate_cycles("cortex-m55", executions)
    assert found.cycles(executions) is None
    assert found.why_none is not None
    assert "failed: " in found.why_none
    assert "cps #3" in found.why_none.replace("\t", " ")


def script(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho '  LLVM version {says}'\n", encoding="utf-8")
    path.chmod(0o755)


def test_newest_llvm_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path / "llvm-mca", f"{OLDEST_LLVM - 1}.0.6")
    assert find_simulator() is None
    found = estimate_cycles("cortex-m55", [])
    assert found.cycles([]) is None
    assert found.why_none == (
        "no llvm-mca of LLVM 16 or newer, which models the pipeline, on PATH (apt-get install llvm-16, or a newer one)"
    )
    script(tmp_path / "llvm-mca-17", "17.0.1")
    script(tmp_path / "llvm-mca-19", "19.1.7")
    simulator = find_simulator()
    assert simulator is not None
    assert (simulator.path.name, simulator.version) == ("llvm-mca-19", "19.1.7")
