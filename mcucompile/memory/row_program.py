"""A program cut into segments, with every choice of when its windows move still open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from mcucompile.ir.plan import Linear, RollingWindow, Storage
from mcucompile.ir.program import Program, Rows, Segment, Slide, Step
from mcucompile.memory.allocations import Allocation, TensorAllocation, pieces_of
from mcucompile.memory.clock import Clock
from mcucompile.memory.handover import Handover, find_handovers
from mcucompile.memory.liveness import find_scratch, linear_places, row_lives, window_places
from mcucompile.memory.pull_order import Block, blocks_of
from mcucompile.memory.row_graph import RowGraph
from mcucompile.memory.windows import Move, Rolling, find_windows


@dataclass(frozen=True)
class RowProgram:
    """program: with steps that do not slide yet.

    choices: the ways to store every allocation, those of tensors first; their numbers do not depend on the steps.
    """

    program: Program
    windows: tuple[Rolling, ...]
    clock: Clock
    choices: tuple[tuple[Allocation, ...], ...]
    handovers: tuple[Handover, ...]

    def with_slides(self, chosen: Sequence[int]) -> Program:
        """The program whose windows move as `chosen` says, the number of the way for each of the choices."""
        names = list(self.program.types)
        way = dict(zip(self.program.arena_tensors, chosen, strict=False))
        moves: dict[int, list[tuple[Move, Slide]]] = {}
        for window in self.windows:
            name = names[window.tensor]
            for move in window.ways[way[name]]:
                moves.setdefault(move.step, []).append((move, Slide(name, move.rows)))
        steps = tuple(
            replace(step, slides=tuple(slide for _, slide in sorted(moves[i]))) if i in moves else step
            for i, step in enumerate(self.program.steps)
        )
        return replace(self.program, steps=steps)


class RowPrograms:
    """Programs of the same layers, cut in one way or another. What each segment does is worked out once."""

    def __init__(self, whole: Program, graph: RowGraph) -> None:
        """whole: layer by layer. graph: of its layers."""
        self.whole = whole
        self._graph = graph
        self._known: dict[Segment, tuple[list[Block], list[Step]]] = {}

    def of(self, segments: Sequence[Segment]) -> RowProgram:
        """The layers in the steps of `segments`, which can run."""
        blocks: list[Block] = []
        steps: list[Step] = []
        for segment in segments:
            of_segment, steps_of_segment = self._steps(segment)
            begin = len(blocks)
            blocks += [Block(layer, rows, begin + pulled) for layer, rows, pulled in of_segment]
            steps += steps_of_segment
        program = replace(self.whole, steps=tuple(steps), segments=tuple(segments))
        windows = tuple(find_windows(self._graph, segments, blocks))
        schedule, lives = _SlideSchedule(windows, len(steps)), row_lives(program)
        names = list(program.types)
        by_name = {names[window.tensor]: window for window in windows}
        choices: list[tuple[Allocation, ...]] = []
        storages: dict[str, Storage] = {}
        for name in program.arena_tensors:
            window, row_bytes = by_name.get(name), program.types[name].row_bytes
            if window is None:
                storages[name], places = Linear(), [linear_places(lives[name], schedule.clock)]
            else:
                storages[name], fronts = RollingWindow(window.rows), map(schedule.fronts, window.ways)
                places = [window_places(window.rows, lives[name], front, schedule.clock) for front in fronts]
            choices.append(
                tuple(
                    TensorAllocation(name, storages[name], row_bytes, len(used) * row_bytes, pieces_of(row_bytes, used))
                    for used in places
                )
            )
        choices += [(scratch,) for scratch in find_scratch(program, schedule.clock)]
        handovers = tuple(find_handovers(program, storages, lives))
        return RowProgram(program, windows, schedule.clock, tuple(choices), handovers)

    def _steps(self, segment: Segment) -> tuple[list[Block], list[Step]]:
        if segment not in self._known:
            blocks = blocks_of(self._graph, segment)
            steps = [Step(layer, rows, _reads(self._graph, layer, rows)) for layer, rows, _ in blocks]
            self._known[segment] = blocks, steps
        return self._known[segment]


class _SlideSchedule:
    """When the windows of a program move. clock: with a moment for each turn before a step."""

    def __init__(self, windows: Sequence[Rolling], steps: int) -> None:
        turns: dict[int, set[int]] = {}
        for window in windows:
            for move in chain.from_iterable(window.ways):
                turns.setdefault(move.step, set()).add(move.turn)
        self._order = {step: sorted(of_step) for step, of_step in turns.items()}
        self.clock = Clock.of([len(turns.get(step, ())) for step in range(steps)])

    def fronts(self, moves: Sequence[Move]) -> list[tuple[int, int]]:
        """(moment, row at the front from then on) of each move of a window."""
        numbers = [self._order[move.step].index(move.turn) for move in moves]
        return [(self.clock.slide(m.step, number), m.rows.begin) for m, number in zip(moves, numbers, strict=True)]


def _reads(graph: RowGraph, layer: int, rows: Rows) -> tuple[Rows, ...]:
    return tuple(Rows(of[rows.begin].begin, of[rows.end - 1].end) for of in graph.reads[layer])
