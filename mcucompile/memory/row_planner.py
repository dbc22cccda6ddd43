"""Plans program, storage and offsets together: interleaves layers row by row where that saves arena bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, pairwise, product

from mcucompile.ir.program import Program, Segment
from mcucompile.memory.bound import live_bytes
from mcucompile.memory.conflicts import find_conflicts
from mcucompile.memory.cuts import Cuts
from mcucompile.memory.fill import filled
from mcucompile.memory.fit import round_up
from mcucompile.memory.join import joined
from mcucompile.memory.measures import Measures
from mcucompile.memory.order_search import Arrangement, OrderSearch
from mcucompile.memory.planned_program import PlannedProgram, planned_program
from mcucompile.memory.planner import plan_memory
from mcucompile.memory.pull_order import row_by_row
from mcucompile.memory.row_graph import CALL_WORK, row_graph
from mcucompile.memory.row_program import RowPrograms
from mcucompile.memory.search import orders
from mcucompile.memory.shorten import shortened
from mcucompile.memory.split import split
from mcucompile.memory.widen import widened

PRICES = (0.0, 0.5, 2.0)
"""Bytes that may be moved to have a byte less where segments meet: see Cuts.least_cost."""

ROW_WORKS = (CALL_WORK // 10, CALL_WORK)
"""What a row that is made by itself may cost: later its call makes as many rows as there is room for. All are tried."""

TRIES, FEWER_TRIES = 1000, 250
"""Changes of a program's placement, a fraction of a second; fewer where many programs are tried."""

MOST_WIDENED = 16
"""Programs with wider blocks that are placed."""

GOOD_ENOUGH = 1.03
"""An arena that is so many times the bound is worth no search for other programs."""


def plan_rows(program: Program) -> PlannedProgram:
    """The layers of `program`, which runs layer by layer, in steps and storages that need the smallest arena found.

    lower_bound_bytes of the plan: the least peak of live rows over all programs that cut the layers, in this order,
    into single layers that run whole and segments that run row by row, each of which begins the network or has at
    most MOST_LAYERS layers (see cuts.py); the peak of the planned program, or of one that it was made from, if that
    is less, as it may be where steps make several rows. No placement of any of these programs is smaller.
    """
    whole = PlannedProgram(program, plan_memory(program))
    graph = row_graph(program)
    measures = Measures(graph)
    cuts = Cuts(measures)
    least = round_up(cuts.least_live_bytes(), program.alignment)
    if whole.plan.arena_bytes <= least:
        return whole
    whole = replace(whole, plan=replace(whole.plan, lower_bound_bytes=min(whole.plan.lower_bound_bytes, least)))
    search = _Search(RowPrograms(program, graph), measures, least, whole)
    for price, row_work in product(PRICES, ROW_WORKS):
        if search.arena_bytes > least:
            search.try_segments(cuts.least_cost(least, price, row_work), TRIES)
    while search.arena_bytes > least * GOOD_ENOUGH and search.joins_segments():
        pass
    for row_work in ROW_WORKS:
        search.try_segments(cuts.least_cost(search.arena_bytes, 0.0, row_work), TRIES)
    if search.arena_bytes > least:
        search.widen_blocks()
    search.shorten_segments()
    search.widen_blocks()
    search.fill_segments()
    if search.joins_to_fill():
        while search.joins_to_fill():
            pass
        search.fill_segments()
    planned = search.best
    segments = chain.from_iterable(split(graph, segment) for segment in planned.program.segments)
    return replace(planned, program=replace(planned.program, segments=tuple(segments)))


@dataclass
class _Search:
    """Places programs and keeps the best. least: bytes that no arena goes below, as plan_rows says."""

    programs: RowPrograms
    measures: Measures
    least: int
    best: PlannedProgram
    _seen: set[tuple[Segment, ...]] = field(default_factory=set)
    _arrangement: Arrangement | None = None
    _left_to_widen: int = MOST_WIDENED

    @property
    def arena_bytes(self) -> int:
        return self.best.plan.arena_bytes

    def joins_segments(self) -> bool:
        """Whether some two segments of the best program are better joined."""
        merged = _merged(self.measures, self.best.program.segments, self.arena_bytes)
        return any(self.try_segments(segments, FEWER_TRIES) for segments in merged)

    def widen_blocks(self) -> None:
        """Let steps of the best program make more rows where that needs no more bytes."""
        better = True
        while better and self._left_to_widen:
            proposals = widened(self.measures, self.best.program.segments, self.arena_bytes)
            better = False
            for segments in islice((p for p in proposals if p not in self._seen), self._left_to_widen):
                self._left_to_widen -= 1
                better = self.try_segments(segments, FEWER_TRIES, is_wider=True)
                if better:
                    break

    def shorten_segments(self) -> None:
        """Let the last layers of the best program's segments run whole where that needs no more bytes."""
        better = True
        while better:
            proposals = shortened(self.measures, self.best.program.segments, self.arena_bytes)
            better = any(self.try_segments(segments, FEWER_TRIES, is_wider=True) for segments in proposals)

    def fill_segments(self) -> None:
        """Let the segments of the best program make more rows where they have room."""
        if self._arrangement is None:
            return
        planned, arrangement = filled(self.programs, self.measures, self.best, self._arrangement)
        if self._work(planned) <= self._work(self.best):
            self._accept(planned, arrangement)

    def joins_to_fill(self) -> bool:
        """Whether some segments of the best program, joined and filled, take less work in no more bytes."""
        proposals = joined(self.measures, self.best.program.segments, self.arena_bytes)
        for segments in (proposed for proposed in proposals if proposed not in self._seen):
            self._seen.add(segments)
            planned, arrangement = self._place(segments, TRIES, is_wider=True)
            if planned.plan.arena_bytes > self.arena_bytes:
                continue
            settled = self.best.program.segments
            planned, arrangement = filled(self.programs, self.measures, planned, arrangement, settled)
            if self._work(planned) < self._work(self.best):
                self._accept(planned, arrangement)
                return True
        return False

    def try_segments(self, segments: tuple[Segment, ...], tries: int, *, is_wider: bool = False) -> bool:
        """Whether these segments give a smaller arena, or as small a one with fewer steps; then they are the best.

        is_wider: they have fewer steps, so that an arena near the bound needs not become smaller.
        """
        if segments in self._seen:
            return False
        self._seen.add(segments)
        planned, arrangement = self._place(segments, tries, is_wider)
        better = _cost(planned) < _cost(self.best)
        if better:
            self._accept(planned, arrangement)
        return better

    def _accept(self, planned: PlannedProgram, arrangement: Arrangement) -> None:
        self.best, self._arrangement = planned, arrangement
        self.least = min(self.least, planned.plan.lower_bound_bytes)

    def _work(self, planned: PlannedProgram) -> int:
        """Of a planned program beside its arithmetic, in bytes moved."""
        return planned.bytes_moved + sum(self.measures.work(segment) for segment in planned.program.segments)

    def _place(self, segments: Sequence[Segment], tries: int, is_wider: bool) -> tuple[PlannedProgram, Arrangement]:
        """Searched from the usual orders and from that of the best program: its allocations have the same numbers."""
        rows = self.programs.of(segments)
        ways = list(chain.from_iterable(rows.choices))
        first = [choice[0] for choice in rows.choices]
        alignment = self.programs.whole.alignment
        least = round_up(self.measures.peak(segments), alignment)
        enough = self.arena_bytes if self.arena_bytes <= least * GOOD_ENOUGH else least
        search = OrderSearch(rows.choices, find_conflicts(ways, rows.handovers), alignment)
        live = live_bytes(first, rows.handovers, rows.clock, alignment)
        starts = [search.arrange(order, [0] * len(first)) for order in orders(first, live)]
        if self._arrangement is not None:
            kept = zip(self._arrangement.chosen, rows.choices, strict=True)
            chosen = [min(way, len(choice) - 1) for way, choice in kept]
            starts.append(search.arrange(self._arrangement.order, chosen))
        start = min(starts, key=lambda arrangement: arrangement.end)
        best = search.improve(start, enough if is_wider else least, tries)
        return planned_program(rows, best, min(least, self.least)), best


def _cost(planned: PlannedProgram) -> tuple[int, int]:
    return planned.plan.arena_bytes, len(planned.program.steps)


def _merged(measures: Measures, segments: Sequence[Segment], limit: int) -> Iterator[tuple[Segment, ...]]:
    """The same segments, but two neighbours joined into one that runs row by row, in less than `limit` live bytes."""
    for i, (one, other) in enumerate(pairwise(segments)):
        joined = row_by_row(one.first, other.last)
        if measures.fits(joined, limit - 1):
            yield (*segments[:i], joined, *segments[i + 2 :])
