"""Targets: the core, the memory sizes and the QEMU machine that a firmware is built for.

Every target is a folder of `firmware/boards/` with a `board.toml`; a new board is a new folder and no code here.
"""

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from mcucompile.errors import Problem, UsageError
from mcucompile.resources import resource

DEFAULT_TARGET = "cortex-m4"


@dataclass(frozen=True)
class Core:
    """What a compiler and a planner must know of a CPU core.

    flags: for gcc. dsp: has the SIMD instructions of Armv7E-M. mve: has the M-profile vector extension (Helium).
    alignment: bytes, of tensors in the arena.
    """

    name: str
    flags: tuple[str, ...]
    dsp: bool
    mve: bool
    alignment: int


def _core(name: str, *flags: str, dsp: bool = False, mve: bool = False, alignment: int = 4) -> Core:
    return Core(name, (f"-mcpu={name}", "-mthumb", *flags), dsp, mve, alignment)


CORES = {
    core.name: core
    for core in (
        _core("cortex-m0", "-mfloat-abi=soft"),
        _core("cortex-m3", "-mfloat-abi=soft"),
        _core("cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard", dsp=True),
        _core("cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard", dsp=True),
        _core("cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard", dsp=True),
        _core("cortex-m55", "-mfloat-abi=hard", dsp=True, mve=True, alignment=16),
    )
}


@dataclass(frozen=True)
class Emulation:
    """Where a verify image runs: QEMU's machine, options for it, and its memory (bytes).

    board: the folder whose memory.ld describes that machine.
    """

    machine: str
    options: tuple[str, ...]
    flash_bytes: int
    ram_bytes: int
    board: Path


@dataclass(frozen=True)
class Target:
    """A board: its core, what it is, the memory a program may fill (bytes), how QEMU runs it.

    machine: runs the flashed image. board: the folder of `firmware/boards/` with linker script and UART.
    sources: the C files of the board. emulation: runs a verify image that is too big for the chip.
    """

    name: str
    description: str
    core: Core
    flash_bytes: int
    ram_bytes: int
    machine: str
    board: Path
    sources: tuple[Path, ...]
    emulation: Emulation

    @property
    def chip(self) -> Emulation:
        """The board as it is: runs a verify image that fits it."""
        return Emulation(self.machine, (), self.flash_bytes, self.ram_bytes, self.board)

    def firmware_files(self) -> dict[str, Path]:
        """What `firmware/` of a build holds, name -> file to copy: runtime, board and linker scripts."""
        firmware = resource("firmware")
        runtime = sorted(path for path in (firmware / "runtime").iterdir() if path.suffix in {".c", ".h"})
        files = {path.name: path for path in (*runtime, *self.sources)}
        files["sections.ld"] = firmware / "boards/sections.ld"
        files["memory.ld"] = self.board / "memory.ld"
        files["memory_verify.ld"] = self.emulation.board / "memory.ld"
        return files


@cache
def targets() -> dict[str, Target]:
    """All targets by name, in the order of their names."""
    folders = sorted(path.parent for path in resource("firmware").glob("boards/*/board.toml"))
    return {folder.name: _read_board(folder) for folder in folders}


def _read_board(folder: Path) -> Target:
    board = _read_toml(folder)
    return Target(
        name=folder.name,
        description=board["description"],
        core=CORES[board["cpu"]],
        flash_bytes=board["flash_bytes"],
        ram_bytes=board["ram_bytes"],
        machine=board["machine"],
        board=folder,
        sources=tuple(folder / source for source in board["sources"]),
        emulation=_read_emulation(folder, board.get("verify", {})),
    )


def _read_emulation(folder: Path, verify: dict[str, Any]) -> Emulation:
    """The table [verify]: what differs from the board itself, or from the one that `board` names."""
    host = folder.parent / verify.get("board", folder.name)
    board = _read_toml(host)
    return Emulation(
        machine=board["machine"],
        options=tuple(verify.get("options", ())),
        flash_bytes=verify.get("flash_bytes", board["flash_bytes"]),
        ram_bytes=verify.get("ram_bytes", board["ram_bytes"]),
        board=host,
    )


def _read_toml(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "board.toml").read_text(encoding="utf-8"))


def find_target(name: str) -> Target:
    """The target called `name`. Raises UsageError with all names."""
    if name in targets():
        return targets()[name]
    allowed = ", ".join(targets())
    raise UsageError(Problem("--target", f"'{name}'", allowed, "choose one of these, or give --cpu, --flash and --ram"))


def custom_target(cpu: str, flash_bytes: int, ram_bytes: int) -> Target:
    """A chip of the user's: its memory sizes, on the emulated board that has the same core. Raises UsageError."""
    if cpu not in CORES:
        raise UsageError(Problem("--cpu", f"'{cpu}'", ", ".join(CORES), "choose the core of your chip"))
    host = targets()[cpu]
    for option, size, limit in (("--flash", flash_bytes, host.flash_bytes), ("--ram", ram_bytes, host.ram_bytes)):
        if not 0 < size <= limit:
            raise UsageError(Problem(option, f"{size} bytes", f"1 to {limit} bytes", "give the size of your chip"))
    return replace(
        host, name=f"custom-{cpu}", description=f"{cpu}, given sizes", flash_bytes=flash_bytes, ram_bytes=ram_bytes
    )


def parse_size(text: str, option: str) -> int:
    """Bytes in "4096", "96K", "1M" (binary units, an ending B allowed). Raises UsageError.

    >>> parse_size("96K", "--ram")
    98304
    """
    match = re.fullmatch(r"(\d+)\s*([KM]?)(I?B)?", text.strip().upper())
    if match is None:
        problem = Problem(option, f"'{text}'", "a size such as 65536, 64K or 1M", "give the size in bytes, K or M")
        raise UsageError(problem)
    return int(match[1]) * {"": 1, "K": 1024, "M": 1024**2}[match[2]]
