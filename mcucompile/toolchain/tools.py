"""The programs we call: whether they are installed, and what to type where they are not."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mcucompile.errors import Problem, ToolMissingError
from mcucompile.toolchain.process import run
from mcucompile.toolchain.simulator import SIMULATOR, SIMULATOR_PACKAGE, find_simulator

COMPILER = "arm-none-eabi-gcc"
OBJCOPY = "arm-none-eabi-objcopy"
OBJDUMP = "arm-none-eabi-objdump"
LIBC = "newlib"
EMULATOR = "qemu-system-arm"
HOST_COMPILER = "cc"

_PACKAGES = {
    COMPILER: "gcc-arm-none-eabi",
    OBJCOPY: "binutils-arm-none-eabi",
    OBJDUMP: "binutils-arm-none-eabi",
    LIBC: "libnewlib-arm-none-eabi",
    EMULATOR: "qemu-system-arm",
    HOST_COMPILER: "gcc libc6-dev",
    SIMULATOR: SIMULATOR_PACKAGE,
}
_OPTIONAL = {
    HOST_COMPILER: "profile without it counts instructions only",
    SIMULATOR: "profile without it, or with an older one, estimates no cycles of Cortex-M7 and M55",
}


@dataclass(frozen=True)
class Tool:
    """A program or library that we use. version: None if it is not installed. packages: of Debian and Ubuntu.

    without: what one does without it, None if it is needed.
    """

    name: str
    version: str | None
    packages: str
    without: str | None = None

    @property
    def is_missing(self) -> bool:
        """Needed, and not there."""
        return self.version is None and self.without is None

    @property
    def remedy(self) -> str:
        return _install(self.packages)


def _install(packages: str) -> str:
    return f"apt-get install {packages}"


HOST_COMPILER_REMEDY = _install(_PACKAGES[HOST_COMPILER])


def diagnose() -> tuple[Tool, ...]:
    """Every tool, installed or not."""
    return tuple(Tool(name, _version(name), packages, _OPTIONAL.get(name)) for name, packages in _PACKAGES.items())


def require_build_tools() -> None:
    """Raise ToolMissingError unless C can be compiled and linked for the targets."""
    _require(COMPILER, OBJCOPY, OBJDUMP, LIBC)


def require_emulator() -> None:
    """Raise ToolMissingError unless QEMU is there."""
    _require(EMULATOR)


def _require(*names: str) -> None:
    missing = [Tool(name, None, _PACKAGES[name]) for name in names if not _is_installed(name)]
    problems = [
        Problem(
            tool.name,
            "not installed, or not on PATH",
            "needed to compile, link or run firmware",
            f"{tool.remedy}; build --sources-only needs neither a compiler nor QEMU",
        )
        for tool in missing
    ]
    if problems:
        raise ToolMissingError(problems)


def _is_installed(name: str) -> bool:
    return _newlib_header() is not None if name == LIBC else shutil.which(name) is not None


def _version(name: str) -> str | None:
    if name == LIBC:
        return _newlib_version()
    if name == SIMULATOR:
        found = find_simulator()
        return None if found is None else found.version
    if shutil.which(name) is None:
        return None
    first_line = _ask(name, "--version").partition("\n")[0]
    match = re.search(r"\d+(\.\d+)+", re.sub(r"\([^)]*\)", "", first_line))
    return match[0] if match else first_line


def _newlib_header() -> Path | None:
    """newlib.h, which the compiler reads; None without compiler or library."""
    if shutil.which(COMPILER) is None:
        return None
    said = _ask(COMPILER, "-E", "-v", "-x", "c", "/dev/null")
    search = re.search(r"#include <\.\.\.> search starts here:\n(.*?)End of search list", said, re.S)
    folders = search[1].split() if search else []
    return next((header for folder in folders if (header := Path(folder) / "newlib.h").is_file()), None)


def _newlib_version() -> str | None:
    header = _newlib_header()
    if header is None:
        return None
    for place in (header, header.parent / "_newlib_version.h"):
        text = place.read_text(encoding="utf-8") if place.is_file() else ""
        match = re.search(r'_NEWLIB_VERSION\s+"([^"]+)"', text)
        if match:
            return match[1]
    return "unknown version"


def _ask(*command: str) -> str:
    return run(command, Path.cwd(), timeout_s=60).output
