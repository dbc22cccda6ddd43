"""A basic block as assembly for llvm-mca: the same work, in instructions that it has a model of."""

import re
from collections.abc import Iterable, Iterator

from mcucompile.toolchain.counting import UNKNOWN
from mcucompile.toolchain.disassembly import Instruction, listed_registers

LOOP_ENDS = frozenset({"le", "letp"})

_WIDTH = re.compile(r"\.[nw]$")
_ADDRESS = re.compile(r"\b[0-9a-f]+ <[^>]*>")
_IT = re.compile(r"^it[te]*$")
_LOOP_START = re.compile(r"^(dls|wls)(tp)?$")
_JUMP = frozenset({"bl", "blx", "bx"})
_SEVERAL = re.compile(r"^(?:(ld)m|(st)m|(pop)|(push))(ia|db)?$")


def assembly(block: Iterable[Instruction]) -> str:
    """One instruction a line.

    LDM, STM, PUSH and POP become as many single transfers, a call becomes a branch, conditional instructions of an IT
    block plain ones. What begins a low-overhead loop is a move, and its end nothing, as from the second pass on.
    """
    return "\n".join(_lines(block))


def _lines(block: Iterable[Instruction]) -> Iterator[str]:
    conditional = 0
    for instruction in block:
        mnemonic, operands = _WIDTH.sub("", instruction.mnemonic), _ADDRESS.sub("target", instruction.operands)
        operation, dot, types = mnemonic.partition(".")
        if _IT.match(operation):
            conditional = len(operation) - 1
            continue
        if conditional:
            conditional -= 1
            operation = operation[:-2]
        several = _SEVERAL.match(operation)
        if operation == UNKNOWN:
            yield "mov r0, r0"
        elif operation in _JUMP:
            yield "b target"
        elif _LOOP_START.match(operation):
            yield f"mov lr, {operands.split(',')[1].strip()}"
        elif several:
            yield from _transfers("ldr" if several[1] or several[3] else "str", operands)
        elif operation not in LOOP_ENDS:
            yield f"{operation}{dot}{types} {operands}".rstrip()


def _transfers(name: str, operands: str) -> Iterator[str]:
    """Single loads or stores, the base's last and the program counter's behind it; and the base's update.

    PUSH and POP leave sp alone: hardly anything waits for it, but the next pass would.
    """
    base = operands.partition("{")[0].strip(" ,")
    pointer = base.rstrip("!") or "sp"
    listed = listed_registers(operands)
    for index, register in sorted(enumerate(listed), key=lambda transfer: transfer[1] == pointer):
        if register != "pc":
            yield f"{name} {register}, [{pointer}, #{4 * index}]"
    if base.endswith("!"):
        yield f"add {pointer}, {pointer}, #{4 * len(listed)}"
    if "pc" in listed:
        yield "b target"
