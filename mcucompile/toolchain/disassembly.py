"""Stack frames of functions we have no call graph of (C library, libgcc, Arm's CMSIS-NN), from objdump's text.

Every instruction that lowers the stack pointer counts, as if all of them ran: an upper bound.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from mcucompile.toolchain.elf import Function, functions
from mcucompile.toolchain.process import run_or_fail
from mcucompile.toolchain.stack import INDIRECT, Frame
from mcucompile.toolchain.tools import OBJDUMP

_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(\S+)(?:\t(.*))?$")
_TARGET = re.compile(r"\b([0-9a-f]+) <[^>]+>$")
_REGISTERS = re.compile(r"\{([^}]*)\}")
_IMMEDIATE = re.compile(r"^sp,(?: sp,)? #(\d+)")
_PRE_DECREMENT = re.compile(r"\[sp, #-(\d+)\]!")


@dataclass(frozen=True)
class Instruction:
    """One line of the listing: `push.w {r4, lr}` has the mnemonic "push.w" and the operands "{r4, lr}"."""

    address: int
    mnemonic: str
    operands: str

    @property
    def operation(self) -> str:
        """The mnemonic without widths and types: "push"."""
        return self.mnemonic.partition(".")[0]


def library_frames(elf: Path, wanted: frozenset[str]) -> dict[str, Frame]:
    """Frames of those functions `wanted` that are in `elf`, and of all that they call in turn."""
    code = read_listing(run_or_fail([OBJDUMP, "-d", "--no-show-raw-insn", elf], elf.parent))
    known = functions(elf)
    frames: dict[str, Frame] = {}
    left = set(wanted)
    while left:
        name = left.pop()
        function = next((f for f in known if f.name == name), None)
        if function is not None and name not in frames:
            frames[name] = frame_of(function, code, known)
            left |= frames[name].calls
    return frames


def read_listing(text: str) -> list[Instruction]:
    """The instructions in what `objdump -d --no-show-raw-insn` prints."""
    matches = filter(None, map(_INSTRUCTION.match, text.splitlines()))
    return [Instruction(int(m[1], 16), m[2], re.split(r"\t|\s*[@;]", m[3] or "")[0]) for m in matches]


def frame_of(function: Function, code: list[Instruction], known: tuple[Function, ...]) -> Frame:
    """The frame of one disassembled function."""
    size, bounded, calls = 0, True, set()
    for instruction in code:
        if instruction.address in function.addresses:
            pushed = _pushed(instruction)
            bounded &= pushed is not None
            size += pushed or 0
            calls |= _called(instruction, function, known)
    return Frame(size, bounded, frozenset(calls))


def _pushed(instruction: Instruction) -> int | None:
    """Bytes by which an instruction lowers sp; None if that is not a constant."""
    operation, operands = instruction.operation, instruction.operands
    if operation in {"push", "vpush"} or (operation in {"stmdb", "vstmdb"} and operands.startswith("sp!")):
        return sum({"d": 8, "q": 16}.get(register[0], 4) for register in listed_registers(operands))
    before = _PRE_DECREMENT.search(operands)
    if before:
        return int(before[1])
    if operation in {"sub", "subs", "subw"} and operands.startswith("sp"):
        constant = _IMMEDIATE.match(operands)
        return int(constant[1]) if constant else None
    if operation in {"add", "adds"} and re.match(r"sp,(?: sp,)? r\d", operands):
        return None
    return 0


def listed_registers(operands: str) -> list[str]:
    """The registers in braces, spans written out: r4, r5, r6 and lr for `{r4-r6, lr}`; none without braces."""
    listed = _REGISTERS.search(operands)
    return [] if listed is None else [name for part in listed[1].split(",") for name in _span(part.strip())]


def _span(part: str) -> list[str]:
    first, _, last = part.partition("-")
    return [f"{first[0]}{number}" for number in range(int(first[1:]), int(last[1:]) + 1)] if last else [first]


def _called(instruction: Instruction, function: Function, known: tuple[Function, ...]) -> set[str]:
    operation, operands = instruction.operation, instruction.operands
    if operation == "blx" or (operation == "bx" and operands != "lr"):
        return {INDIRECT}
    match = _TARGET.search(operands) if operation.startswith(("b", "cb")) else None
    if match is None or int(match[1], 16) in function.addresses:
        return set()
    target = int(match[1], 16)
    callee = next((f.name for f in known if target in f.addresses), f"the code at {target:#x}")
    return {callee}
