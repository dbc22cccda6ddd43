"""Fills the arena: every segment makes as many rows at a time as it has room for between the tensors that stay."""

from collections.abc import Container
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain

from mcucompile.ir.program import InputMode, Segment
from mcucompile.memory.allocations import BEFORE_STEPS, Allocation, Life, Moments, ScratchAllocation
from mcucompile.memory.conflicts import find_conflicts
from mcucompile.memory.fit import round_up
from mcucompile.memory.measures import Measures
from mcucompile.memory.more_rows import more_rows
from mcucompile.memory.order_search import Arrangement, OrderSearch
from mcucompile.memory.planned_program import PlannedProgram, planned_program
from mcucompile.memory.pull_order import whole_layer
from mcucompile.memory.row_program import RowPrograms

TRIES = 100
"""Changes of the places in a segment."""

SCRATCH = None
"""The name of what is no tensor."""

Places = dict[int, tuple[int, int]]
"""The offset of allocations, by number, and the way in which each is stored."""


def filled(
    programs: RowPrograms,
    measures: Measures,
    planned: PlannedProgram,
    arrangement: Arrangement,
    settled: Container[Segment] = (),
) -> tuple[PlannedProgram, Arrangement]:
    """`planned` with the least work found for each of its segments but those `settled`; the arena does not grow.

    programs, measures: of the same layers. arrangement: of what is planned. Tensors that lie in the arena before or
    after a segment stay where they are.
    """
    places = dict(enumerate(zip(arrangement.offsets, arrangement.chosen, strict=True)))
    room = _Room(programs, measures, places, planned.plan.arena_bytes)
    segments = []
    for segment in planned.program.segments:
        if planned.program.runs_by_rows(segment) and segment not in settled:
            segment, found = room.fill(segment)
            places |= found
        segments.append(segment)
    rows = programs.of(segments)
    offsets, chosen = zip(*(places[i] for i in range(len(rows.choices))), strict=True)
    end = max(offset + ways[0].size for offset, ways in zip(offsets, rows.choices, strict=True))
    alignment = programs.whole.alignment
    least = min(planned.plan.lower_bound_bytes, round_up(measures.peak(segments), alignment))
    better = Arrangement(arrangement.order, chosen, offsets, round_up(end, alignment))
    return planned_program(rows, better, least), better


@dataclass
class _Room:
    """Where the windows and the scratch of one segment fit while all other tensors stay at `places`."""

    programs: RowPrograms
    measures: Measures
    places: Places
    arena_bytes: int
    _found: dict[Segment, Places | None] = field(default_factory=dict)

    def fill(self, segment: Segment) -> tuple[Segment, Places]:
        """The segment with the least work found, and where its windows and scratch lie, if not where they did.

        On the way to the highest blocks that live in the arena it goes as far as there is a place for all; from there
        on it takes what else has a place.
        """
        path = more_rows(self.measures, segment, lambda wider: self.measures.fits(wider, self.arena_bytes))
        low, high = 0, len(path)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._has_room(path[middle]) else (low, middle)
        best = more_rows(self.measures, path[low], self._has_room)[-1]
        return best, self._found.get(best) or {}

    def _has_room(self, segment: Segment) -> bool:
        if not self.measures.fits(segment, self.arena_bytes):
            return False
        if segment not in self._found:
            self._found[segment] = self._place(segment)
        return self._found[segment] is not None

    def _place(self, segment: Segment) -> Places | None:
        """None if no place is found."""
        rows = self.programs.of(self._alone(segment))
        end = segment.first + self.measures.of_running(segment).steps
        begin = rows.clock.moment(segment.first - 1) + 1 if segment.first else BEFORE_STEPS
        during = Life(begin, rows.clock.moment(end - 1)).moments
        parts = [tuple(_part(way, during) for way in ways) for ways in rows.choices]
        numbers = [number for number, ways in enumerate(parts) if any(way.pieces for way in ways)]
        choices = [parts[number] for number in numbers]
        names = [getattr(ways[0], "name", SCRATCH) for ways in choices]
        own = self._own_tensors(segment) | {SCRATCH}
        free = [i for i, name in enumerate(names) if name in own]
        fixed = {i: self.places[numbers[i]][0] for i in range(len(choices)) if i not in free}
        first_way = list(accumulate(map(len, choices), initial=0))
        handovers = [handover for handover in rows.handovers if {handover.source, handover.output} <= set(names)]
        conflicts = find_conflicts(list(chain.from_iterable(choices)), handovers)
        if not conflicts.allow({first_way[i]: offset for i, offset in fixed.items()}):
            return None
        search = OrderSearch(choices, conflicts, self.programs.whole.alignment, fixed)
        order = sorted(free, key=lambda i: -choices[i][0].size)
        best = search.improve(search.arrange(order, [0] * len(choices)), self.arena_bytes, TRIES)
        if best.end > self.arena_bytes:
            return None
        return {numbers[i]: (best.offsets[i], best.chosen[i]) for i in free}

    def _own_tensors(self, segment: Segment) -> set[str]:
        """Those that live only while it runs."""
        first, last, _ = segment
        names, last_reader = list(self.programs.whole.types), self.measures.graph.last_reader
        begin = 0 if first == 0 and self.programs.whole.input_mode is InputMode.ROWS else first + 1
        return {names[tensor] for tensor in range(begin, last + 2) if last_reader[tensor] <= last}

    def _alone(self, segment: Segment) -> tuple[Segment, ...]:
        """The segment among single layers that run whole."""
        graph = self.measures.graph
        before = (whole_layer(graph, layer) for layer in range(segment.first))
        after = (whole_layer(graph, layer) for layer in range(segment.last + 1, len(graph.inputs)))
        return (*before, segment, *after)


def _part(allocation: Allocation, during: Moments) -> Allocation:
    """The pieces of a tensor that hold something at some of the moments `during`, and at which of them."""
    if isinstance(allocation, ScratchAllocation):
        return replace(allocation, moments=allocation.moments & during)
    pieces = (piece._replace(moments=piece.moments & during) for piece in allocation.pieces)
    return replace(allocation, pieces=tuple(piece for piece in pieces if piece.moments))
