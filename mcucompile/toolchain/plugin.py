"""The plugin that counts instructions in QEMU: compiled for this machine, by its own C compiler, when it is needed."""

import re
import shutil
import tempfile
from pathlib import Path

from mcucompile.resources import resource
from mcucompile.toolchain.process import run, run_or_fail
from mcucompile.toolchain.tools import EMULATOR, HOST_COMPILER, HOST_COMPILER_REMEDY, OBJDUMP, require_emulator

OLDEST_API = 1
_LIBRARY = "instruction_counts.so"
_MINIMUM = re.compile(r"supports only a minimum version of (\d+)")


def why_no_plugin() -> str | None:
    """What keeps this machine from counting by a plugin; None if nothing does. Raises ToolMissingError without QEMU."""
    require_emulator()
    if shutil.which(HOST_COMPILER) is None:
        return f"no {HOST_COMPILER} on PATH, the C compiler of this machine ({HOST_COMPILER_REMEDY})"
    if shutil.which(OBJDUMP) is None:
        return f"no {OBJDUMP} on PATH, which reads the instructions that a plugin counts"
    if "-plugin" not in run([EMULATOR, "--help"], Path.cwd(), timeout_s=60).output:
        return f"{EMULATOR} was built without plugins (Debian's and Ubuntu's has them)"
    with tempfile.TemporaryDirectory() as folder:
        finished = run(_compilation(Path(folder), OLDEST_API), Path(folder), timeout_s=600)
    if finished.status != 0:
        said = next(iter(finished.output.splitlines()), f"exit status {finished.status}")
        return f"{HOST_COMPILER}, the C compiler of this machine, cannot compile the plugin: {said}"
    return None


def build_plugin(folder: Path, api_version: int) -> Path:
    """Compile the plugin into `folder`, for this version of QEMU's plugin interface. Raises InternalError."""
    run_or_fail(_compilation(folder, api_version), folder)
    return folder / _LIBRARY


def _compilation(folder: Path, api_version: int) -> list[str | Path]:
    source = resource("firmware") / "profiler" / "instruction_counts.c"
    flags = ("-std=c11", "-O2", "-shared", "-fPIC", f"-DPLUGIN_API_VERSION={api_version}")
    return [HOST_COMPILER, *flags, "-o", folder / _LIBRARY, source]


def wanted_api(said: str) -> int | None:
    """The oldest interface that a newer QEMU accepts, from what it said when it refused the plugin.

    >>> wanted_api("TCG plugin requires API version 1, but this QEMU supports only a minimum version of 2")
    2
    """
    match = _MINIMUM.search(said)
    return None if match is None else int(match[1])
