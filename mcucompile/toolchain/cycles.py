"""Cycles of an instruction by the timings that Arm publishes, with memory that never waits.

Cortex-M0: Technical Reference Manual (DDI 0432), "Instruction set summary". Cortex-M3 and M4: Technical Reference
Manuals (DDI 0337, DDI 0439), "Instruction set summary" and "Load/store timings". Cortex-M33 has no such table: it takes
Cortex-M4's, as LLVM's scheduler does. Not known here: flash wait states, caches, buses and, where the manuals give a
range, the operands.
"""

import re
from dataclasses import dataclass, replace

from mcucompile.toolchain.counting import Execution
from mcucompile.toolchain.disassembly import Instruction
from mcucompile.toolchain.instruction_classes import classify, registers

_SINGLE = re.compile(r"^v?(ldr|str)(?!d|ex)")
_SEVERAL = re.compile(r"^(ldm|stm|push|pop|vldm|vstm|vpush|vpop|ldrd|strd)")
_IMMEDIATE_OFFSET = re.compile(r"\[\w+(, #-?\d+)?\]$")


@dataclass(frozen=True)
class Timing:
    """A core's published cycles. taken: added where a branch is taken; call: added for BL, and for POP with PC.

    pipelined: a load right after another load or store takes 1 cycle, a store at a constant offset always does.
    others: cycles of what takes more than 1, by the beginning of its name.
    """

    source: str
    taken: int
    call: int
    pipelined: bool
    others: dict[str, int]


_M4 = Timing(
    "Cortex-M4 Technical Reference Manual (DDI 0439); refill 2, divide 7 cycles",
    taken=2,
    call=2,
    pipelined=True,
    others={"sdiv": 7, "udiv": 7, "vdiv": 14, "vsqrt": 14, "vmla": 3, "vmls": 3, "vfma": 3, "vfms": 3},
)
TIMINGS = {
    "cortex-m0": Timing(
        "Cortex-M0 Technical Reference Manual (DDI 0432); multiplier of 1 cycle, not the small one of 32",
        taken=2,
        call=3,
        pipelined=False,
        others=dict.fromkeys(("mrs", "msr", "dsb", "dmb", "isb"), 4),
    ),
    "cortex-m3": Timing(
        "Cortex-M3 Technical Reference Manual (DDI 0337); refill 2, long multiply 4 or 5, divide 7 cycles",
        taken=2,
        call=2,
        pipelined=True,
        others={"smull": 4, "umull": 4, "smlal": 5, "umlal": 5, "mla": 2, "mls": 2, "sdiv": 7, "udiv": 7},
    ),
    "cortex-m4": _M4,
    "cortex-m33": replace(_M4, source=f"{_M4.source}; Cortex-M33 also starts some 16-bit instructions in pairs"),
}


def average_cycles(timing: Timing, execution: Execution) -> float:
    """Cycles of one execution, on the average over those that branch and those that do not."""
    straight = straight_cycles(timing, execution.instruction, execution.previous)
    return straight + execution.taken / execution.count * _taken_cycles(timing, execution.instruction)


def straight_cycles(timing: Timing, instruction: Instruction, previous: Instruction | None) -> int:
    """Cycles of one execution of an instruction that is followed by the next one in memory; 1 if not listed."""
    name = instruction.operation
    if _SEVERAL.match(name):
        return 1 + registers(instruction)
    if _SINGLE.match(name):
        return 1 if timing.pipelined and _is_pipelined(instruction, previous) else 2
    if name in {"tbb", "tbh"}:
        return 2
    return next((cycles for prefix, cycles in timing.others.items() if name.startswith(prefix)), 1)


def _is_pipelined(instruction: Instruction, previous: Instruction | None) -> bool:
    if classify(instruction).stores:
        return bool(_IMMEDIATE_OFFSET.search(instruction.operands.strip()))
    return previous is not None and bool(_SINGLE.match(previous.operation))


def _taken_cycles(timing: Timing, instruction: Instruction) -> int:
    return timing.call if instruction.operation == "bl" or classify(instruction).loads else timing.taken
