"""Row liveness: when every row of every tensor holds a value that is still needed.

A row lives from the step that writes it to the last step that reads it. The input's rows are there before the first
step, the output's rows stay until after the last.
"""

from collections.abc import Sequence
from itertools import groupby

from mcucompile.ir.plan import Linear, RollingWindow, Storage
from mcucompile.ir.program import Program
from mcucompile.memory.allocations import (
    BEFORE_STEPS,
    Allocation,
    Life,
    Piece,
    ScratchAllocation,
    TensorAllocation,
)


def row_lives(program: Program) -> dict[str, list[Life]]:
    """For every tensor in the arena, the life of each row. A row that nobody reads lives while it is written."""
    heights = {name: program.types[name].shape.h for name in program.arena_tensors}
    first = {name: [BEFORE_STEPS] * height for name, height in heights.items()}
    for time, step in enumerate(program.steps):
        name = program.layers[step.layer].node.name
        first[name][step.rows.begin : step.rows.end] = [time] * (step.rows.end - step.rows.begin)
    last = {name: list(times) for name, times in first.items()}
    for time, step in enumerate(program.steps):
        for name, rows in zip(program.layers[step.layer].node.inputs, step.reads, strict=True):
            if name in last:
                last[name][rows.begin : rows.end] = [time] * (rows.end - rows.begin)
    last[program.output] = [len(program.steps)] * heights[program.output]
    return {name: [Life(*life) for life in zip(first[name], last[name], strict=True)] for name in heights}


def find_allocations(
    program: Program, storages: dict[str, Storage], lives: dict[str, list[Life]]
) -> tuple[Allocation, ...]:
    """Every tensor in the arena, in order of definition, then every scratch, in order of steps."""
    tensors = (
        _tensor(name, storages[name], program.types[name].row_bytes, lives[name]) for name in program.arena_tensors
    )
    scratch = (
        ScratchAllocation(time, program.layers[step.layer].scratch_bytes)
        for time, step in enumerate(program.steps)
        if program.layers[step.layer].scratch_bytes
    )
    return (*tensors, *scratch)


def _tensor(name: str, storage: Storage, row_bytes: int, lives: Sequence[Life]) -> TensorAllocation:
    match storage:
        case Linear():
            pieces = tuple(_merge(row_bytes, lives))
        case RollingWindow(rows=rows):
            # Rows move within the window, so all of its bytes are taken from the first row's birth to the last's death.
            life = Life(min(life.first for life in lives), max(life.last for life in lives))
            pieces = (Piece(0, rows * row_bytes, life),)
    return TensorAllocation(name, storage, row_bytes, pieces[-1].end, pieces)


def _merge(row_bytes: int, lives: Sequence[Life]) -> list[Piece]:
    """One piece for each run of rows with the same life."""
    pieces: list[Piece] = []
    begin = 0
    for life, rows in groupby(lives):
        end = begin + len(list(rows)) * row_bytes
        pieces.append(Piece(begin, end, life))
        begin = end
    return pieces
