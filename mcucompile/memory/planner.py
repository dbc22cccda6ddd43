"""Plans the arena of a program."""

from mcucompile.ir.plan import Linear, MemoryPlan, Placement, ScratchPlacement, Storage
from mcucompile.ir.program import Program
from mcucompile.memory.allocations import ScratchAllocation, TensorAllocation
from mcucompile.memory.bound import live_bytes
from mcucompile.memory.conflicts import find_conflicts
from mcucompile.memory.handover import find_handovers
from mcucompile.memory.liveness import find_allocations, row_lives
from mcucompile.memory.search import place


def plan_memory(program: Program) -> MemoryPlan:
    """Offsets for all tensors and scratch of `program`, every tensor kept whole, in the smallest arena found."""
    storages: dict[str, Storage] = dict.fromkeys(program.arena_tensors, Linear())
    lives = row_lives(program)
    allocations = find_allocations(program, storages, lives)
    handovers = find_handovers(program, storages, lives)
    live = live_bytes(allocations, handovers, len(program.steps), program.alignment)
    placed = place(allocations, find_conflicts(allocations, handovers), live, program.alignment)
    located = list(zip(allocations, placed.offsets, strict=True))
    return MemoryPlan(
        tensors={a.name: Placement(a.storage, at, a.size) for a, at in located if isinstance(a, TensorAllocation)},
        scratch=tuple(ScratchPlacement(a.step, at, a.size) for a, at in located if isinstance(a, ScratchAllocation)),
        arena_bytes=placed.arena_bytes,
        lower_bound_bytes=placed.lower_bound_bytes,
    )
