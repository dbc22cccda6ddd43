"""Row liveness: when every row of every tensor holds a value that is still needed.

A row lives from the step that writes it to the last step that reads it. In input mode arena the input's rows are there
before the first step, in mode rows they come when a step first reads them or rows behind them. The output's rows stay
until after the last step.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from mcucompile.ir.program import InputMode, Program
from mcucompile.memory.allocations import BEFORE_STEPS, Life, Moments, ScratchAllocation
from mcucompile.memory.clock import Clock


def row_lives(program: Program) -> dict[str, list[Life | None]]:
    """For every tensor in the arena, the life of each row; None for an input row that is never asked for.

    A row that nobody reads lives while it is written.
    """
    types = program.types
    first: dict[str, list[int | None]] = {name: [None] * types[name].shape.h for name in program.arena_tensors}
    if program.input_mode is InputMode.ARENA:
        first[program.input] = [BEFORE_STEPS] * program.input_type.shape.h
    last = {name: list(times) for name, times in first.items()}
    asked = 0
    for time, step in enumerate(program.steps):
        node = program.layers[step.layer].node
        for name, rows in zip(node.inputs, step.reads, strict=True):
            if name not in last:
                continue
            if name == program.input and program.input_mode is InputMode.ROWS and rows.end > asked:
                first[name][asked : rows.end] = last[name][asked : rows.end] = [time] * (rows.end - asked)
                asked = rows.end
            last[name][rows.begin : rows.end] = [time] * (rows.end - rows.begin)
        made = slice(step.rows.begin, step.rows.end)
        first[node.name][made] = last[node.name][made] = [time] * (step.rows.end - step.rows.begin)
    last[program.output] = [len(program.steps)] * types[program.output].shape.h
    return {name: list(map(_life, first[name], last[name])) for name in first}


def linear_places(lives: Sequence[Life | None], clock: Clock) -> list[Moments]:
    """When each row of a tensor that is kept whole is used."""
    moments: dict[Life | None, Moments] = {None: 0}
    for life in lives:
        if life is not None and life not in moments:
            moments[life] = clock.life(life).moments
    return [moments[life] for life in lives]


def window_places(
    rows: int, lives: Sequence[Life | None], slides: Sequence[tuple[int, int]], clock: Clock
) -> list[Moments]:
    """When each place for a row in a window of `rows` is used. slides: (moment, row that is at the front from then on).

    A row that moves is in both places at that moment. A row that a window holds behind one that is still needed is
    moved with it, so it lives as long as that one.
    """
    used = [0] * rows
    fronts = [(BEFORE_STEPS, 0), *slides, (clock.end + 1, 0)]
    last, at_birth = BEFORE_STEPS, 0
    for row, life in enumerate(lives):
        if life is None:
            continue
        first, last = clock.moment(life.first), max(last, clock.moment(life.last))
        while fronts[at_birth + 1][0] <= first:
            at_birth += 1
        at = at_birth
        while fronts[at][0] <= last:
            begin, end = max(fronts[at][0], first), min(fronts[at + 1][0], last)
            used[row - fronts[at][1]] |= Life(begin, end).moments
            at += 1
    return used


def find_scratch(program: Program, clock: Clock) -> list[ScratchAllocation]:
    """The scratch of every layer that needs some, in order of layers."""
    steps: dict[int, list[int]] = {}
    for number, step in enumerate(program.steps):
        steps.setdefault(step.layer, []).append(number)
    return [
        ScratchAllocation(
            tuple(steps[layer.index]),
            reduce(or_, (Life(clock.moment(n), clock.moment(n)).moments for n in steps[layer.index])),
            layer.scratch_bytes,
        )
        for layer in program.layers
        if layer.scratch_bytes
    ]


def _life(first: int | None, last: int | None) -> Life | None:
    return None if first is None or last is None else Life(first, last)
