"""Links objects to images."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mcucompile.errors import InternalError
from mcucompile.target import Core
from mcucompile.toolchain.process import run
from mcucompile.toolchain.tools import COMPILER

_OVERFLOW = re.compile(r"region `(\w+)' overflowed by (\d+) bytes")


@dataclass(frozen=True)
class Memory:
    """Bytes that the linker script may fill, and that it keeps for the stack."""

    flash_bytes: int
    ram_bytes: int
    stack_bytes: int


def link(
    core: Core, script: Path, memory: Memory, inputs: Iterable[Path], output: Path, options: Iterable[str] = ()
) -> dict[str, int]:
    """Link `inputs` (objects, then libraries) to `output`, leaving out what is not needed.

    Returns the bytes by which the regions FLASH and RAM are too small: empty if all fits. Raises InternalError.
    """
    sizes = {"FLASH_BYTES": memory.flash_bytes, "RAM_BYTES": memory.ram_bytes, "STACK_BYTES": memory.stack_bytes}
    symbols = [f"-Wl,--defsym={name}={size}" for name, size in sizes.items()]
    scripts = [f"-L{script.parent}", f"-T{script}"]
    flags = [*core.flags, "-nostartfiles", "-Wl,--gc-sections", *symbols, *options]
    finished = run([COMPILER, *flags, *scripts, *inputs, "-o", output], script.parent, timeout_s=600)
    if finished.status == 0:
        return {}
    overflow = {region: int(excess) for region, excess in _OVERFLOW.findall(finished.output)}
    if not overflow or "undefined reference" in finished.output:
        raise InternalError.broken(f"linking {output.name}", finished.output.strip(), "exit status 0")
    return overflow
