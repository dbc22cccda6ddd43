"""Checks of a memory plan that need no replay: everything is there, aligned, inside the arena and of the right size."""

from mcucompile.errors import InternalError
from mcucompile.ir.plan import Linear, MemoryPlan, Placement, RollingWindow
from mcucompile.ir.program import Program


def check_layout(program: Program, plan: MemoryPlan) -> None:
    """Raise InternalError unless `plan` places what `program` needs, well formed."""
    where = f"memory plan of {program.name}"
    names = set(program.arena_tensors)
    for name in sorted(names ^ plan.tensors.keys()):
        found = "no place in the arena" if name in names else "a place, but no tensor of the program that needs one"
        raise InternalError.broken(f"{where}, %{name}", found, "a place for each tensor in the arena")
    for name, placement in plan.tensors.items():
        _check_size(f"{where}, %{name}", placement, program.types[name].row_bytes, program.types[name].shape.h)
    needed = {
        number: program.layers[step.layer].scratch_bytes
        for number, step in enumerate(program.steps)
        if program.layers[step.layer].scratch_bytes
    }
    placed = {scratch.step: scratch.size for scratch in plan.scratch}
    if needed != placed or len(placed) != len(plan.scratch):
        raise InternalError.broken(f"{where}, scratch", f"bytes by step: {placed}", f"{needed}")
    _check_bounds(where, program, plan)


def _check_size(where: str, placement: Placement, row_bytes: int, height: int) -> None:
    match placement.storage:
        case Linear():
            rows = height
        case RollingWindow(rows=rows):
            if not 1 <= rows <= height:
                raise InternalError.broken(where, f"a window of {rows} rows", f"1 to {height} rows")
    if placement.size != rows * row_bytes:
        raise InternalError.broken(where, f"{placement.size} bytes", f"{rows} rows of {row_bytes} bytes")


def _check_bounds(where: str, program: Program, plan: MemoryPlan) -> None:
    allocations: list[tuple[str, int, int]] = [(f"%{name}", p.offset, p.end) for name, p in plan.tensors.items()]
    allocations += [(f"scratch of step {s.step:02}", s.offset, s.end) for s in plan.scratch]
    for what, offset, end in allocations:
        if offset % program.alignment:
            raise InternalError.broken(f"{where}, {what}", f"offset {offset}", f"multiples of {program.alignment}")
        if offset < 0 or end > plan.arena_bytes:
            raise InternalError.broken(
                f"{where}, {what}", f"bytes [{offset}, {end})", f"bytes [0, {plan.arena_bytes}) of the arena"
            )
    highest = max((end for _, _, end in allocations), default=0)
    if plan.arena_bytes % program.alignment or plan.arena_bytes - highest >= program.alignment:
        allowed = f"the highest end, {highest}, rounded up to {program.alignment}"
        raise InternalError.broken(where, f"an arena of {plan.arena_bytes} bytes", allowed)
    if plan.lower_bound_bytes > plan.arena_bytes:
        found = f"a lower bound of {plan.lower_bound_bytes} bytes"
        raise InternalError.broken(where, found, f"at most the arena's {plan.arena_bytes}")
