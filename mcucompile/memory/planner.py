"""Plans the arena of a program whose tensors are all kept whole."""

from dataclasses import dataclass

from mcucompile.ir.plan import Linear, MemoryPlan, Storage
from mcucompile.ir.program import Program
from mcucompile.memory.allocations import Allocation, TensorAllocation, pieces_of
from mcucompile.memory.bound import Bytes, live_bytes
from mcucompile.memory.clock import Clock
from mcucompile.memory.conflicts import find_conflicts
from mcucompile.memory.handover import Handover, find_handovers
from mcucompile.memory.liveness import find_scratch, linear_places, row_lives
from mcucompile.memory.memory_plan import memory_plan
from mcucompile.memory.search import place


@dataclass(frozen=True)
class Allocations:
    """What a program without windows needs in the arena: its tensors, then its scratch. live: see bound.py."""

    all: tuple[Allocation, ...]
    handovers: tuple[Handover, ...]
    live: Bytes


def plan_memory(program: Program) -> MemoryPlan:
    """Offsets for all tensors and scratch of `program`, every tensor kept whole, in the smallest arena found."""
    needed = whole_tensors(program)
    conflicts = find_conflicts(needed.all, needed.handovers)
    placed = place(needed.all, conflicts, needed.live, program.alignment)
    return memory_plan(needed.all, placed.offsets, placed.arena_bytes, placed.lower_bound_bytes)


def whole_tensors(program: Program) -> Allocations:
    """The allocations of `program`, whose windows, if it has any, are left out of account."""
    storages: dict[str, Storage] = dict.fromkeys(program.arena_tensors, Linear())
    lives = row_lives(program)
    clock = Clock.of([0] * len(program.steps))
    allocations: list[Allocation] = []
    for name in program.arena_tensors:
        tensor = program.types[name]
        pieces = pieces_of(tensor.row_bytes, linear_places(lives[name], clock))
        allocations.append(TensorAllocation(name, Linear(), tensor.row_bytes, tensor.bytes, pieces))
    allocations += find_scratch(program, clock)
    handovers = find_handovers(program, storages, lives)
    live = live_bytes(allocations, handovers, clock, program.alignment)
    return Allocations(tuple(allocations), tuple(handovers), live)
