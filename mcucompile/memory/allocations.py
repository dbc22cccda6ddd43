"""What the planner places: allocations, made of pieces that hold something at certain times.

Times are step numbers, or the moments of a clock, both ends included. BEFORE_STEPS is when the caller writes the
input; the caller reads the output at the time after the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mcucompile.ir.plan import Storage

BEFORE_STEPS = -1

Moments = int
"""A set of times: bit t - BEFORE_STEPS is set if moment t belongs to it."""


class Life(NamedTuple):
    """From time `first` to time `last`, both included."""

    first: int
    last: int

    @property
    def moments(self) -> Moments:
        return ((1 << (self.last - self.first + 1)) - 1) << (self.first - BEFORE_STEPS)


class Piece(NamedTuple):
    """Bytes [begin, end) of an allocation, which hold something at `moments`."""

    begin: int
    end: int
    moments: Moments


@dataclass(frozen=True)
class TensorAllocation:
    """The arena bytes of a tensor: places for rows of `row_bytes`; neighbours used at the same times make one piece."""

    name: str
    storage: Storage
    row_bytes: int
    size: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class ScratchAllocation:
    """The work space of a kernel that several steps call, all at one place."""

    steps: tuple[int, ...]
    moments: Moments
    size: int

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return (Piece(0, self.size, self.moments),) if self.moments else ()


Allocation = TensorAllocation | ScratchAllocation


def pieces_of(row_bytes: int, used: Sequence[Moments]) -> tuple[Piece, ...]:
    """One piece for each run of places for rows that are used at the same times."""
    pieces: list[Piece] = []
    for place, moments in enumerate(used):
        begin, end = place * row_bytes, (place + 1) * row_bytes
        if pieces and pieces[-1].moments == moments:
            pieces[-1] = Piece(pieces[-1].begin, end, moments)
        else:
            pieces.append(Piece(begin, end, moments))
    return tuple(pieces)
