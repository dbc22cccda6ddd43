"""Holds a build to the RAM it may use: before there is C, with its arena; after linking, with statics and stack."""

from collections.abc import Callable
from dataclasses import dataclass

from mcucompile.errors import DoesNotFitError, Problem
from mcucompile.ir.program import InputMode, Program

SMALLER_NETWORK = "a lower resolution or width multiplier"


@dataclass(frozen=True)
class RamUse:
    """Bytes of RAM. linked: static and worst-case stack bytes, None before there is an image."""

    arena_bytes: int
    linked: tuple[int, int] | None = None

    @property
    def total(self) -> int:
        return self.arena_bytes + sum(self.linked or ())

    def __str__(self) -> str:
        if self.linked is None:
            return f"an arena of {self.arena_bytes} bytes"
        static, stack = self.linked
        return f"{self.total} bytes of RAM (arena {self.arena_bytes} + {static} static + {stack} stack)"


def require_ram(
    where: str, limit: int, use: RamUse, program: Program, other_modes: Callable[[], dict[InputMode, int]]
) -> None:
    """Raise DoesNotFitError if more than `limit` bytes are used; it names what other input modes need.

    where: the option that sets the limit. other_modes: plans them, and gives their arenas in bytes.
    """
    if use.total <= limit:
        return
    mode = program.input_mode.value
    found = f"{use}, the least found for input mode {mode}: {use.total - limit} bytes too many"
    allowed = f"{limit} bytes of RAM for arena, statics and stack"
    left = limit - sum(use.linked or ())
    raise DoesNotFitError(Problem(where, found, allowed, _remedy(program, left, other_modes())))


def _remedy(program: Program, left: int, arenas: dict[InputMode, int]) -> str:
    """left: bytes there are for an arena."""
    fitting = [f"--input-mode {_figure(program, m, size)}" for m, size in arenas.items() if size <= left]
    too_large = [_figure(program, mode, size) for mode, size in arenas.items() if size > left]
    remedy = f"take {', or '.join([*fitting, SMALLER_NETWORK])}, or more RAM"
    return remedy if not too_large else f"{remedy}; too large as well: {', '.join(too_large)}"


def _figure(program: Program, mode: InputMode, arena_bytes: int) -> str:
    match mode:
        case InputMode.EXTERNAL:
            handed = f", beside {program.input_type.bytes} of input that the caller keeps"
        case InputMode.ROWS:
            handed = ", the caller hands over row by row"
        case InputMode.ARENA:
            handed = ", the input in it"
    return f"{mode.value} (an arena of {arena_bytes} bytes{handed})"
