"""The plugin that counts instructions in QEMU: compiled for this machine, by its own C compiler, when it is needed."""

import re
import shutil
from pathlib import Path

from mcucompile.resources import resource
from mcucompile.toolchain.process import run, run_or_fail
from mcucompile.toolchain.tools import EMULATOR, HOST_COMPILER, require_disassembler, require_emulator

OLDEST_API = 1
_MINIMUM = re.compile(r"supports only a minimum version of (\d+)")


def why_no_plugin() -> str | None:
    """What keeps this machine from counting by a plugin; None if nothing does. Raises ToolMissingError without QEMU."""
    require_emulator()
    require_disassembler()
    if shutil.which(HOST_COMPILER) is None:
        return f"no {HOST_COMPILER} on PATH, the C compiler of this machine (apt-get install gcc libc6-dev)"
    if "-plugin" not in run([EMULATOR, "--help"], Path.cwd(), timeout_s=60).output:
        return f"{EMULATOR} was built without plugins (Debian's and Ubuntu's has them)"
    return None


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
