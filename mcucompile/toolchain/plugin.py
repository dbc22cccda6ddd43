"""The plugin that counts instructions in QEMU: compiled for this machine, by its own C compiler, when it is needed."""

import re
import shutil
from pathlib import Path

from mcucompile.errors import Problem, ToolMissingError
from mcucompile.resources import resource
from mcucompile.toolchain.process import run, run_or_fail
from mcucompile.toolchain.tools import EMULATOR, require_disassembler, require_emulator

HOST_COMPILER = "cc"
OLDEST_API = 1
_MINIMUM = re.compile(r"supports only a minimum version of (\d+)")


def require_profiler() -> None:
    """Raise ToolMissingError unless this machine can count instructions."""
    require_emulator()
    require_disassembler()
    if shutil.which(HOST_COMPILER) is None:
        found, remedy = "not installed, or not on PATH", "apt-get install gcc libc6-dev"
        raise ToolMissingError(Problem(HOST_COMPILER, found, "this machine's C compiler, for QEMU's plugin", remedy))
    if "-plugin" not in run([EMULATOR, "--help"], Path.cwd(), timeout_s=60).output:
        remedy = "install a QEMU that was configured with --enable-plugins, as Debian's and Ubuntu's is"
        raise ToolMissingError(Problem(EMULATOR, "built without TCG plugins", "a build that has -plugin", remedy))


def build_plugin(folder: Path, api_version: int) -> Path:
    """Compile the plugin into `folder`, for this version of QEMU's plugin interface. Raises InternalError."""
    library = folder / "instruction_counts.so"
    source = resource("firmware") / "profiler" / "instruction_counts.c"
    flags = ("-std=c11", "-O2", "-shared", "-fPIC", f"-DPLUGIN_API_VERSION={api_version}")
    run_or_fail([HOST_COMPILER, *flags, "-o", library, source], folder)
    return library


def wanted_api(said: str) -> int | None:
    """The oldest interface that a newer QEMU accepts, from what it said when it refused the plugin.

    >>> wanted_api("TCG plugin requires API version 1, but this QEMU supports only a minimum version of 2")
    2
    """
    match = _MINIMUM.search(said)
    return None if match is None else int(match[1])
