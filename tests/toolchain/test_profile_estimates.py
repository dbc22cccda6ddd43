"""What instructions are, and the cycles that the manuals give them."""

import pytest

from mcucompile.target import CORES
from mcucompile.toolchain.counting import Execution
from mcucompile.toolchain.cycles import TIMINGS
from mcucompile.toolchain.disassembly import Instruction
from mcucompile.toolchain.estimates import estimate_cycles
from mcucompile.toolchain.instruction_classes import InstructionClass, classify
from mcucompile.toolchain.pipelines import PIPELINES

LOAD, STORE = InstructionClass(1, 0, False, False), InstructionClass(0, 1, False, False)
MULTIPLY, BRANCH = InstructionClass(0, 0, True, False), InstructionClass(0, 0, False, True)
OTHER = InstructionClass(0, 0, False, False)


def cycles(core: str, *executions: Execution) -> int | None:
    return estimate_cycles(core, executions).cycles(executions)


def instruction(text: str) -> Instruction:
    name, _, operands = text.partition(" ")
    return Instruction(0x100, name, operands)


CLASSES = {
    "ldr r0, [r1, #4]": LOAD,
    "ldrsb r0, [r1], #1": LOAD,
    "vldr s0, [r1]": LOAD,
    "vldrb q0, [r1]": LOAD,
    "ldmia r0!, {r1, r2, r3}": InstructionClass(3, 0, False, False),
    "ldrd r0, r1, [r2]": InstructionClass(2, 0, False, False),
    "pop {r4, r5, r6, pc}": InstructionClass(4, 0, False, True),
    "vpop {d8-d11}": InstructionClass(4, 0, False, False),
    "ldr pc, [r0]": InstructionClass(1, 0, False, True),
    "tbb [pc, r0]": InstructionClass(1, 0, False, True),
    "strbne r0, [r1]": STORE,
    "vstrb q0, [r1]": STORE,
    "push {r4-r7, lr}": InstructionClass(0, 5, False, False),
    "stmdb sp!, {r4, r5}": InstructionClass(0, 2, False, False),
    "strd r0, r1, [r2]": InstructionClass(0, 2, False, False),
    **dict.fromkeys(("muls r0, r1", "mla r0, r1, r2, r3", "smlad r0, r1, r2, r3", "smlabb r0, r1, r2, r3"), MULTIPLY),
    **dict.fromkeys(
        ("smull r0, r1, r2, r3", "umlal r0, r1, r2, r3", "vmladava lr, q0, q1", "vfma s0, s1, s2"), MULTIPLY
    ),
    **dict.fromkeys(("vqrdmulh q0, q0, q1", "vqdmulh q0, q0, q1", "vrmlaldavh r0, r1, q0, q1"), MULTIPLY),
    **dict.fromkeys(("b 100", "bne 100", "bl 100", "bx lr", "cbz r0, 100", "mov pc, lr", "le lr, 100"), BRANCH),
    **dict.fromkeys(("wlstp lr, r0, 100", "letp lr, 100", "blt 100", "bls 100"), BRANCH),
    **dict.fromkeys(("bic r0, r1", "bfi r0, r1, #0, #8", "mov r0, r1", "smc #0", "vmov r0, s0", "dls lr, r0"), OTHER),
    **dict.fromkeys(("vmin s8, q0", "lsls r0, r1, #2", "ssat r0, #8, r1", "itt ne", "sxtb16 r0, r1"), OTHER),
}


@pytest.mark.parametrize("text", CLASSES)
def test_class(text: str) -> None:
    assert classify(instruction(text)) == CLASSES[text]


CYCLES = {
    # name: cycles on M0, M3, M4; Arm's tables, pipeline refill 2
    "adds r0, r1, r2": (1, 1, 1),
    "ldr r0, [r1]": (2, 2, 2),
    "str r0, [r1, #4]": (2, 1, 1),
    "str r0, [r1, r2]": (2, 2, 2),
    "ldmia r0!, {r1, r2, r3}": (4, 4, 4),
    "push {r4, lr}": (3, 3, 3),
    "muls r0, r1": (1, 1, 1),
    "mla r0, r1, r2, r3": (1, 2, 1),
    "smull r0, r1, r2, r3": (1, 4, 1),
    "bne 100": (1, 1, 1),
}


@pytest.mark.parametrize("text", CYCLES)
def test_cycles(text: str) -> None:
    executed = Execution(0, "f", instruction(text), None, 10, 0)
    cores = ("cortex-m0", "cortex-m3", "cortex-m4")
    assert tuple(cycles(core, executed) for core in cores) == tuple(10 * each for each in CYCLES[text])
    assert cycles("cortex-m33", executed) == cycles("cortex-m4", executed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bne 100", (3, 3, 3)), ("bl 100", (4, 3, 3)), ("pop {r4, pc}", (6, 5, 5)), ("bx lr", (3, 3, 3))],
)
def test_cycles_of_a_branch_that_is_taken(text: str, expected: tuple[int, ...]) -> None:
    executed = Execution(0, "f", instruction(text), None, 1, 1)
    assert tuple(cycles(core, executed) for core in ("cortex-m0", "cortex-m3", "cortex-m4")) == expected


# Table 3.1 of DDI 0432, what compiled code uses of it: cycles, and those with the branch taken.
M0 = {
    **dict.fromkeys(("movs r0, #1", "mov r8, r0", "adds r0, r0, #1", "sbcs r0, r1", "rsbs r0, r1, #0"), (1, 1)),
    **dict.fromkeys(("muls r0, r1, r0", "cmp r0, r1", "ands r0, r1", "lsls r0, r1, #3", "asrs r0, r1"), (1, 1)),
    **dict.fromkeys(("sxtb r0, r1", "uxth r0, r1", "rev r0, r1", "add sp, #8", "nop"), (1, 1)),
    **dict.fromkeys(("ldr r0, [r1, #4]", "ldrsb r0, [r1, r2]", "ldrh r0, [r1, #2]", "ldr r0, [pc, #8]"), (2, 2)),
    **dict.fromkeys(("str r0, [r1, #4]", "strb r0, [r1, r2]", "strh r0, [r1, #2]"), (2, 2)),
    "ldmia r0!, {r1, r2, r3, r4}": (5, 5),
    "stmia r0!, {r1, r2}": (3, 3),
    "push {r4, r5, lr}": (4, 4),
    "pop {r4, r5}": (3, 3),
    "pop {r4, r5, pc}": (4, 7),
    "mov pc, lr": (1, 3),
    **dict.fromkeys(("b 100", "beq 100", "bx lr", "blx r3"), (1, 3)),
    "bl 100": (1, 4),
    **dict.fromkeys(("mrs r0, PRIMASK", "msr PRIMASK, r0", "dsb sy", "dmb sy", "isb sy"), (4, 4)),
}


@pytest.mark.parametrize("text", M0)
def test_cycles_of_cortex_m0(text: str) -> None:
    straight, taken = M0[text]
    assert cycles("cortex-m0", Execution(0, "f", instruction(text), None, 1, 0)) == straight
    if straight != taken:
        assert cycles("cortex-m0", Execution(0, "f", instruction(text), None, 1, 1)) == taken


def test_branch_that_is_taken_at_times() -> None:
    assert cycles("cortex-m4", Execution(0, "f", instruction("bne 100"), None, 10, 3)) == 10 + 3 * 2


def test_multiplier_of_cortex_m0_is_named() -> None:
    assert "multiplier of 1 cycle, not the small one of 32" in str(estimate_cycles("cortex-m0", []).source)


def test_load_after_load_is_pipelined_but_not_on_m0() -> None:
    load = instruction("ldr r0, [r1]")
    executed = Execution(0, "f", load, load, 1, 0)
    assert [cycles(core, executed) for core in ("cortex-m0", "cortex-m4")] == [2, 1]


def test_every_core_has_timings_or_a_pipeline() -> None:
    assert TIMINGS.keys() | PIPELINES.keys() == CORES.keys()
    assert not TIMINGS.keys() & PIPELINES.keys()
