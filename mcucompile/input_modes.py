"""What the arena of one network needs in every input mode: the figures that help to choose one."""

from mcucompile.ir.graph import Graph
from mcucompile.ir.program import InputMode, KernelLibrary
from mcucompile.lower import lower
from mcucompile.memory import PlannedProgram, plan_rows
from mcucompile.target import Core


def plan_mode(graph: Graph, core: Core, library: KernelLibrary, mode: InputMode) -> PlannedProgram:
    """The program of an int8 graph in this input mode, and where its tensors lie."""
    return plan_rows(lower(graph, core, library, mode))


def other_modes(graph: Graph, core: Core, library: KernelLibrary, mode: InputMode) -> dict[InputMode, int]:
    """Arena bytes in the modes beside `mode`, the least first."""
    arenas = {m: plan_mode(graph, core, library, m).plan.arena_bytes for m in InputMode if m is not mode}
    return dict(sorted(arenas.items(), key=lambda item: item[1]))
