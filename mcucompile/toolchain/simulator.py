"""llvm-mca, LLVM's simulator of pipelines: where it is."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mcucompile.toolchain.process import run

SIMULATOR = "llvm-mca"
OLDEST_LLVM = 16
"""The first that models Cortex-M55's vector instructions."""
_NEWEST_LLVM = 40
SIMULATOR_PACKAGE = f"llvm-{OLDEST_LLVM}"
SIMULATOR_REMEDY = f"apt-get install {SIMULATOR_PACKAGE}, or a newer one"


@dataclass(frozen=True)
class Simulator:
    """A usable llvm-mca: `version` is that of LLVM, as 16.0.6."""

    path: Path
    version: str


def find_simulator() -> Simulator | None:
    """The llvm-mca with the highest number in its name, else the one without; none older than OLDEST_LLVM."""
    names = [f"{SIMULATOR}-{version}" for version in range(_NEWEST_LLVM, OLDEST_LLVM - 1, -1)]
    for name in [*names, SIMULATOR]:
        path = shutil.which(name)
        version = None if path is None else re.search(r"LLVM version (\d+)[\d.]*", _ask(path))
        if path is not None and version is not None and int(version[1]) >= OLDEST_LLVM:
            return Simulator(Path(path), version[0].split()[-1])
    return None


def _ask(path: str) -> str:
    return run([path, "--version"], Path.cwd(), timeout_s=60).output
