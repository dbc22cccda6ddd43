"""Estimates cycles from instruction counts, by the timings that Arm publishes, with memory that never waits.

Cortex-M0: Technical Reference Manual (DDI 0432), "Instruction set summary". Cortex-M3 and M4: Technical Reference
Manuals (DDI 0337, DDI 0439), "Instruction set summary" and "Load/store timings". For the other cores no such table is
published, see NOT_PUBLISHED. An estimate, not a measurement: flash wait states, caches, buses and, where the manuals
give a range, the operands are not known here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

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


_M3_SOURCE = "Cortex-M3 Technical Reference Manual (DDI 0337); refill 2, long multiply 4 or 5, divide 7 cycles"
_M4_SOURCE = "Cortex-M4 Technical Reference Manual (DDI 0439); refill 2, divide 7 cycles"
TIMINGS = {
    "cortex-m0": Timing(
        "Cortex-M0 Technical Reference Manual (DDI 0432); multiplier of 1 cycle, not the small one of 32",
        taken=2,
        call=3,
        pipelined=False,
        others=dict.fromkeys(("mrs", "msr", "dsb", "dmb", "isb"), 4),
    ),
    "cortex-m3": Timing(
        _M3_SOURCE,
        taken=2,
        call=2,
        pipelined=True,
        others={"smull": 4, "umull": 4, "smlal": 5, "umlal": 5, "mla": 2, "mls": 2, "sdiv": 7, "udiv": 7},
    ),
    "cortex-m4": Timing(
        _M4_SOURCE,
        taken=2,
        call=2,
        pipelined=True,
        others={"sdiv": 7, "udiv": 7, "vdiv": 14, "vsqrt": 14, "vmla": 3, "vmls": 3, "vfma": 3, "vfms": 3},
    ),
}

NOT_PUBLISHED = {
    "cortex-m7": "Arm publishes no instruction timings of Cortex-M7, which starts two instructions at once if it can",
    "cortex-m33": "Arm publishes no instruction timings of Cortex-M33",
    "cortex-m55": "Arm's Software Optimization Guide of Cortex-M55 (102692) has latencies and pipelines that overlap: "
    "cycles follow from neighbours and operands, not from how often each instruction was executed",
}


def estimate_cycles(core: str, executions: Iterable[Execution]) -> int | None:
    """Cycles of all of them; None for a core whose timings are not published."""
    timing = TIMINGS.get(core)
    if timing is None:
        return None
    return sum(
        e.count * straight_cycles(timing, e.instruction, e.previous) + e.taken * _taken_cycles(timing, e.instruction)
        for e in executions
    )


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


def cycle_source(core: str) -> str | None:
    """Where the timings of this core are from; None if there are none."""
    timing = TIMINGS.get(core)
    return None if timing is None else timing.source
