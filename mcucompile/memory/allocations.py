"""What the planner places: allocations, made of pieces that live for a while.

Times are step numbers, both ends included. BEFORE_STEPS is when the caller writes the input; the caller reads the
output after the last step, at time number-of-steps.
"""

from dataclasses import dataclass
from typing import NamedTuple

from mcucompile.ir.plan import Storage

BEFORE_STEPS = -1


class Life(NamedTuple):
    """From step `first` to step `last`, both included."""

    first: int
    last: int

    def meets(self, other: "Life") -> bool:
        """Whether both live during some step."""
        return self.first <= other.last and other.first <= self.last


class Piece(NamedTuple):
    """Bytes [begin, end) of an allocation, which hold something during `life`."""

    begin: int
    end: int
    life: Life


@dataclass(frozen=True)
class TensorAllocation:
    """The arena bytes of a tensor: rows of `row_bytes`, of which neighbours with one life make one piece."""

    name: str
    storage: Storage
    row_bytes: int
    size: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class ScratchAllocation:
    """The work space of the kernel that step number `step` calls."""

    step: int
    size: int

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return (Piece(0, self.size, Life(self.step, self.step)),)


Allocation = TensorAllocation | ScratchAllocation
