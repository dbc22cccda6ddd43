"""Which bytes of the arena hold live rows at which step: what a picture of the memory plan shows.

Times are step numbers. The caller writes the input at time -1 and reads the output at the time after the last step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Program
from mcucompile.memory.allocations import BEFORE_STEPS, Life
from mcucompile.memory.liveness import row_lives


class Area(NamedTuple):
    """Bytes [low, high) of the arena during times [begin, end)."""

    begin: int
    end: int
    low: int
    high: int


@dataclass(frozen=True)
class Occupancy:
    """The areas of every tensor's live rows, by name, and those of kernels' scratch. steps: how many there are."""

    tensors: dict[str, tuple[Area, ...]]
    scratch: tuple[Area, ...]
    steps: int

    def live_bytes(self) -> npt.NDArray[np.int64]:
        """[times, from -1 to `steps`]: the bytes that hold something; a byte that two tensors share counts once."""
        at: list[list[tuple[int, int]]] = [[] for _ in range(self.steps + 2)]
        for area in (*(area for areas in self.tensors.values() for area in areas), *self.scratch):
            for time in range(area.begin, area.end):
                at[time - BEFORE_STEPS].append((area.low, area.high))
        return np.array([sum(high - low for low, high in union(intervals)) for intervals in at], np.int64)

    def bytes_at(self, time: int) -> dict[str, int]:
        """The live bytes of every tensor that lives at `time`; the largest first."""
        found = {name: _bytes_of(areas, time) for name, areas in self.tensors.items()}
        return {name: size for name, size in sorted(found.items(), key=lambda item: -item[1]) if size}

    def scratch_at(self, time: int) -> int:
        """The bytes of kernels' scratch at `time`."""
        return _bytes_of(self.scratch, time)


def occupancy(program: Program, plan: MemoryPlan) -> Occupancy:
    """Where in `plan` the live rows of `program` lie from step to step, windows as they slide."""
    lives = row_lives(program)
    slides: dict[str, list[tuple[int, int]]] = {name: [(BEFORE_STEPS, 0)] for name in plan.tensors}
    for time, step in enumerate(program.steps):
        for slide in step.slides:
            slides[slide.tensor].append((time, slide.rows.begin))
    tensors = {
        name: _areas(lives[name], slides[name], placement.offset, program.types[name].row_bytes)
        for name, placement in plan.tensors.items()
    }
    scratch = merged(Area(s.step, s.step + 1, s.offset, s.end) for s in plan.scratch)
    return Occupancy(tensors, scratch, len(program.steps))


def _bytes_of(areas: Sequence[Area], time: int) -> int:
    return sum(area.high - area.low for area in areas if area.begin <= time < area.end)


def union(intervals: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same bytes as intervals that do not touch, in rising order."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def merged(areas: Iterator[Area]) -> tuple[Area, ...]:
    """The same areas, in order of time; those of the same bytes that follow each other are one."""
    found: list[Area] = []
    open_at: dict[tuple[int, int], int] = {}
    for area in areas:
        at = open_at.get((area.low, area.high))
        if at is not None and found[at].end == area.begin:
            found[at] = found[at]._replace(end=area.end)
        else:
            open_at[area.low, area.high] = len(found)
            found.append(area)
    return tuple(found)


def _areas(
    lives: Sequence[Life | None], slides: Sequence[tuple[int, int]], offset: int, row_bytes: int
) -> tuple[Area, ...]:
    """slides: (time, row that is at the window's front from then on), the first at BEFORE_STEPS."""
    rows = {row: life for row, life in enumerate(lives) if life is not None}
    changes = {time for time, _ in slides}
    changes |= {life.first for life in rows.values()} | {life.last + 1 for life in rows.values()}
    times = sorted(changes)

    def pieces() -> Iterator[Area]:
        front, following = 0, 0
        for begin, end in pairwise(times):
            while following < len(slides) and slides[following][0] <= begin:
                front, following = slides[following][1], following + 1
            live = [row - front for row, life in rows.items() if life.first <= begin <= life.last]
            for low, high in union([(place, place + 1) for place in live]):
                yield Area(begin, end, offset + low * row_bytes, offset + high * row_bytes)

    return merged(pieces())
