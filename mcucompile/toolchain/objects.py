"""Compiles the C files of a build directory."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mcucompile.target import Target
from mcucompile.toolchain.process import run_or_fail
from mcucompile.toolchain.tools import COMPILER

_LEVELS = {"size": "-Os", "speed": "-O3"}
_FLAGS = (
    "-std=c99",
    "-g",
    "-Werror=implicit-function-declaration",
    "-ffunction-sections",
    "-fdata-sections",
    "-fmerge-all-constants",  # equal structs of layers, and of their traced twins, lie in flash once
    "-fcallgraph-info=su",
)


@dataclass(frozen=True)
class Compiler:
    """How files become objects: for which target, optimized for what, objects where."""

    target: Target
    optimize: str
    objects: Path

    def compile(self, directory: Path, sources: Iterable[Path], include: Sequence[Path]) -> dict[Path, Path]:
        """Compile `sources`, paths inside `directory`; returns source -> object. Raises InternalError.

        include: folders of headers, in the order of the search. The objects do not tell where the directories are:
        the same files give the same bytes anywhere.
        """
        todo = {source: (self.objects / source).with_suffix(".o") for source in sources}
        for object_file in todo.values():
            object_file.parent.mkdir(parents=True, exist_ok=True)
        flags = (*self.target.core.flags, _LEVELS[self.optimize], *_FLAGS, *_folders(directory, include))
        commands = [[COMPILER, *flags, "-o", output, "-c", source] for source, output in todo.items()]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda command: run_or_fail(command, directory), commands))
        return todo


def _folders(directory: Path, include: Sequence[Path]) -> list[str]:
    maps = [f"-ffile-prefix-map={directory.absolute()}=."]
    maps += [f"-ffile-prefix-map={folder}={folder.name}" for folder in include if folder.is_absolute()]
    return [*maps, *(f"-I{folder}" for folder in include)]
