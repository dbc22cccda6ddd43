"""Says that an image does not fit, by how much, and what takes the room."""

from collections.abc import Mapping
from dataclasses import dataclass

from mcucompile.errors import DoesNotFitError, Problem

_REMEDIES = {
    "FLASH": "take a lower width multiplier, --optimize size, or a target with more flash",
    "RAM": "take --input-mode rows, a lower resolution or width multiplier, or a target with more RAM",
}


@dataclass(frozen=True)
class Region:
    """A memory of the target: its size, and the known parts of what goes there, bytes."""

    bytes: int
    parts: Mapping[str, int]


def require_fit(where: str, overflow: Mapping[str, int], regions: Mapping[str, Region], rest: str) -> None:
    """Raise DoesNotFitError if a region overflows. rest: what the bytes beside the known parts are."""
    problems = [_problem(where, name, excess, regions[name], rest) for name, excess in overflow.items()]
    if problems:
        raise DoesNotFitError(problems)


def _problem(where: str, name: str, excess: int, region: Region, rest: str) -> Problem:
    total = region.bytes + excess
    parts = {**region.parts, rest: total - sum(region.parts.values())}
    listed = ", ".join(f"{part} {size}" for part, size in parts.items() if size)
    return Problem(
        f"{where}, {name}",
        f"{total} bytes ({listed}): {excess} too many",
        f"{region.bytes} bytes",
        _REMEDIES[name],
    )
