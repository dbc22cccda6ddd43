"""Sources: the emitted text files, before anything is written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sources:
    """files: path relative to the build directory -> content."""

    name: str
    files: dict[str, str]
