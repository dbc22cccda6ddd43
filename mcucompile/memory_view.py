"""What `mcucompile inspect --memory` tells: segments and what makes their peaks, in every input mode."""

from dataclasses import dataclass

from mcucompile.input_modes import plan_mode
from mcucompile.ir.graph import Graph
from mcucompile.ir.program import InputMode, KernelLibrary, Program, Segment
from mcucompile.memory import Occupancy, PlannedProgram, occupancy
from mcucompile.target import Core


@dataclass(frozen=True)
class SegmentMemory:
    """Layers that run one after the other, row by row if `by_rows`, and the step of theirs with most live bytes.

    tensors: the live bytes of each at that step, the largest first; scratch_bytes: of its kernel. Where a kernel
    replaces what it reads, bytes of two tensors are the same ones, and `peak_bytes` counts them once.
    """

    layers: tuple[str, ...]
    by_rows: bool
    steps: int
    peak_step: int
    peak_bytes: int
    tensors: dict[str, int]
    scratch_bytes: int


@dataclass(frozen=True)
class ModeMemory:
    """The plan for one input mode, bytes."""

    arena_bytes: int
    arena_lower_bound_bytes: int
    segments: tuple[SegmentMemory, ...]


def view_memory(graph: Graph, core: Core, library: KernelLibrary) -> dict[InputMode, ModeMemory]:
    """Plan an int8 graph in every input mode."""
    return {mode: mode_memory(plan_mode(graph, core, library, mode)) for mode in InputMode}


def mode_memory(planned: PlannedProgram) -> ModeMemory:
    """Where the bytes of a planned program go."""
    program, plan = planned.program, planned.plan
    occupied = occupancy(program, plan)
    live = occupied.live_bytes()[1:-1].tolist()
    segments = tuple(_segment(program, occupied, live, segment) for segment in program.segments)
    return ModeMemory(plan.arena_bytes, plan.lower_bound_bytes, segments)


def _segment(program: Program, occupied: Occupancy, live: list[int], segment: Segment) -> SegmentMemory:
    first, last, _ = segment
    steps = [number for number, step in enumerate(program.steps) if first <= step.layer <= last]
    peak = max(steps, key=lambda step: live[step])
    return SegmentMemory(
        layers=tuple(layer.node.name for layer in program.layers[first : last + 1]),
        by_rows=program.runs_by_rows(segment),
        steps=len(steps),
        peak_step=peak,
        peak_bytes=live[peak],
        tensors=occupied.bytes_at(peak),
        scratch_bytes=occupied.scratch_at(peak),
    )
