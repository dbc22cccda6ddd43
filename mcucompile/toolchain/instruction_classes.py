"""What an instruction does, from its name and operands in objdump's listing."""

import re
from dataclasses import dataclass

from mcucompile.toolchain.disassembly import Instruction, listed_registers

_CONDITION = "(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)?"
_LOAD = re.compile(r"^(v?ldr|v?ldm|v?pop|vld[24]|tb[bh]$)")
_STORE = re.compile(r"^(v?str|v?stm|v?push|vst[24])")
_MULTIPLY = re.compile(r"^(mul|mla|mls|sm(?!c)|umull|umlal|umaal|v(qr?d?|r|n)?m(ul|la|ls)|vfn?m[as])")
_BRANCH = re.compile(rf"^(b|bl|bx|blx){_CONDITION}$|^(cbn?z|tb[bh]|le|letp|wls|wlstp)$")
_WRITES_PC = re.compile(r"^pc,|\{[^}]*\bpc\b[^}]*\}$")

KINDS = ("loads", "stores", "multiplies", "branches", "other")


@dataclass(frozen=True)
class InstructionClass:
    """Registers loaded and stored, whether it multiplies, whether it may branch."""

    loads: int
    stores: int
    multiplies: bool
    branches: bool

    @property
    def kind(self) -> str:
        """One of KINDS: the first that fits."""
        fits = (self.loads, self.stores, self.multiplies, self.branches, True)
        return next(kind for kind, does in zip(KINDS, fits, strict=True) if does)


def classify(instruction: Instruction) -> InstructionClass:
    """LDM, STM, PUSH and POP count every register, LDRD and STRD two, a vector register one."""
    name, operands = instruction.operation, instruction.operands
    loads = registers(instruction) if _LOAD.match(name) else 0
    return InstructionClass(
        loads=loads,
        stores=registers(instruction) if _STORE.match(name) else 0,
        multiplies=bool(_MULTIPLY.match(name)),
        branches=bool(_BRANCH.match(name) or _WRITES_PC.search(operands.strip())),
    )


def registers(instruction: Instruction) -> int:
    """How many registers a load or store transfers."""
    if instruction.operation.startswith(("ldrd", "strd", "ldrexd", "strexd")):
        return 2
    return len(listed_registers(instruction.operands)) or 1
