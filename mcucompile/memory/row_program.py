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
from mcucompile.memory.pull_order import Block, pull_order
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
            replace(step, slides=tuple(slide for _, slide in sorted(moves.get(i, ()))))
            for i, step in enumerate(self.program.steps)
        )
        return replace(self.program, steps=steps)


def row_program(whole: Program, graph: RowGraph, segments: Sequence[Segment]) -> RowProgram:
    """The layers of `whole` in the steps of `segments`, which can run. graph: of its layers."""
    blocks: list[Block] = []
    for segment in segments:
        begin, pulled = len(blocks), pull_order(graph, segment)
        assert pulled is not None, f"{segment} cannot run"
        blocks += [block._replace(pulled=begin + block.pulled) for block in pulled]
    steps = tuple(Step(layer, rows, _reads(graph, layer, rows)) for layer, rows, _ in blocks)
    program = replace(whole, steps=steps, segments=tuple(segments))
    windows = tuple(find_windows(graph, segments, blocks))
    turns: list[set[int]] = [set() for _ in steps]
    for window in windows:
        for move in chain.from_iterable(window.ways):
            turns[move.step].add(move.turn)
    clock = Clock.of([len(of_step) for of_step in turns])
    order = [sorted(of_step) for of_step in turns]

    def fronts(moves: Sequence[Move]) -> list[tuple[int, int]]:
        """(moment, row at the front from then on)."""
        numbers = [order[move.step].index(move.turn) for move in moves]
        return [(clock.slide(m.step, number), m.rows.begin) for m, number in zip(moves, numbers, strict=True)]

    lives = row_lives(program)
    by_name = {list(program.types)[window.tensor]: window for window in windows}
    choices: list[tuple[Allocation, ...]] = []
    for name in program.arena_tensors:
        row_bytes, found = program.types[name].row_bytes, by_name.get(name)
        ways: list[tuple[Storage, list[int]]] = []
        if found is None:
            ways.append((Linear(), linear_places(lives[name], clock)))
        else:
            storage = RollingWindow(found.rows)
            ways += [(storage, window_places(found.rows, lives[name], fronts(moves), clock)) for moves in found.ways]
        choices.append(
            tuple(
                TensorAllocation(name, storage, row_bytes, len(used) * row_bytes, pieces_of(row_bytes, used))
                for storage, used in ways
            )
        )
    choices += [(scratch,) for scratch in find_scratch(program, clock)]
    storages: dict[str, Storage] = {
        name: RollingWindow(by_name[name].rows) if name in by_name else Linear() for name in program.arena_tensors
    }
    handovers = tuple(find_handovers(program, storages, lives))
    return RowProgram(program, windows, clock, tuple(choices), handovers)


def _reads(graph: RowGraph, layer: int, rows: Rows) -> tuple[Rows, ...]:
    return tuple(Rows(of[rows.begin].begin, of[rows.end - 1].end) for of in graph.reads[layer])
