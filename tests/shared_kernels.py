"""Builds of one test run that compile the same kernel in the same way share its object: most of a build's time.

The compiler's objects do not tell where they were made, so a copy is what compiling again would give.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mcucompile.toolchain import objects
from mcucompile.toolchain.process import run_or_fail

KERNELS = Path("src/kernels")


class SharedKernels:
    """Takes the place of run_or_fail where files of a build are compiled. folder: keeps the objects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def run_or_fail(self, command: Sequence[str | Path], directory: Path, timeout_s: float = 600) -> str:
        *compiler, _, output, _, source = command
        if Path(source).parent != KERNELS:
            return run_or_fail(command, directory, timeout_s)
        kept = self.folder / _digest(compiler, directory, Path(source))
        if kept.is_dir():
            for path in kept.iterdir():
                shutil.copy(path, Path(output).with_suffix(path.suffix))
            return ""
        said = run_or_fail(command, directory, timeout_s)
        self._keep(Path(output), kept)
        return said

    def _keep(self, output: Path, kept: Path) -> None:
        """The object and the call graph beside it, at once: other processes look for them too."""
        made = Path(tempfile.mkdtemp(dir=self.folder))
        for path in map(output.with_suffix, (".o", ".ci")):
            if path.is_file():
                shutil.copy(path, made / f"kernel{path.suffix}")
        try:
            os.rename(made, kept)
        except OSError:  # another process was faster
            shutil.rmtree(made)


def compile_once(command: Sequence[str | Path], directory: Path) -> None:
    """What the toolchain does with its files, shared or not. command: ends with "-o", output, "-c", source."""
    objects.run_or_fail(command, directory)


def _digest(compiler: Sequence[str | Path], directory: Path, source: Path) -> str:
    """Of all that an object depends on: the command without its place, the kernel and the headers beside it."""
    headers = sorted((directory / KERNELS).glob("*.h"))
    parts = [str(part).replace(str(directory.absolute()), "") for part in compiler]
    digest = hashlib.sha256("\0".join([*parts, str(source)]).encode())
    for path in (directory / source, *headers):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
