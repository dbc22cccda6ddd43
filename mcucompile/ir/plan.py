"""MemoryPlan: where in the arena every tensor and every kernel's scratch lies."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Linear:
    """All rows are kept: row r lies at r · row bytes."""

    def __str__(self) -> str:
        return "linear"


@dataclass(frozen=True)
class RollingWindow:
    """Room for `rows` consecutive rows, at rising addresses from the first row of the last slide on, at first row 0.

    A window slides when the next block of rows does not fit: right before the step that writes the block, or before
    the first of the steps that make what this block needs, so that the window's end is free meanwhile, not its front.
    """

    rows: int

    def __str__(self) -> str:
        return f"window({self.rows})"


Storage = Linear | RollingWindow


@dataclass(frozen=True)
class Placement:
    """Bytes [offset, offset + size) of the arena for one tensor."""

    storage: Storage
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True)
class ScratchPlacement:
    """Bytes [offset, offset + size) of the arena for the kernel of step number `step`, during that step."""

    step: int
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True)
class MemoryPlan:
    """Placement of tensors (by name) and scratch. Sizes in bytes.

    arena_bytes: the end of the highest allocation, rounded up to the alignment. lower_bound_bytes: what no placement
    of this program's live bytes can go below.
    """

    tensors: dict[str, Placement]
    scratch: tuple[ScratchPlacement, ...]
    arena_bytes: int
    lower_bound_bytes: int

    def scratch_of(self, step: int) -> ScratchPlacement | None:
        """The scratch of step number `step`, None where its kernel needs none."""
        return next((s for s in self.scratch if s.step == step), None)
