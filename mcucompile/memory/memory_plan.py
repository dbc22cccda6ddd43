"""The plan that placed allocations make."""

from collections.abc import Sequence

from mcucompile.ir.plan import MemoryPlan, Placement, ScratchPlacement
from mcucompile.memory.allocations import Allocation, ScratchAllocation, TensorAllocation


def memory_plan(
    allocations: Sequence[Allocation], offsets: Sequence[int], arena_bytes: int, lower_bound_bytes: int
) -> MemoryPlan:
    """Each allocation at its offset, bytes."""
    located = list(zip(allocations, offsets, strict=True))
    scratch = [
        ScratchPlacement(step, at, a.size) for a, at in located if isinstance(a, ScratchAllocation) for step in a.steps
    ]
    return MemoryPlan(
        tensors={a.name: Placement(a.storage, at, a.size) for a, at in located if isinstance(a, TensorAllocation)},
        scratch=tuple(sorted(scratch, key=lambda placed: placed.step)),
        arena_bytes=arena_bytes,
        lower_bound_bytes=lower_bound_bytes,
    )
