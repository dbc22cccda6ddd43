"""Cuts the layers into segments: the least live bytes first, then the least extra work."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from mcucompile.ir.program import InputMode, Segment
from mcucompile.memory.measures import Measures
from mcucompile.memory.pull_order import row_by_row, whole_layer

MOST_LAYERS = 24
"""Of a segment that does not begin the network: longer ones have more windows than a shorter one has whole tensors."""


@dataclass(frozen=True)
class Candidate:
    """A segment, the bytes live while it runs, and what it costs beside its layers' arithmetic.

    rows: how many are made by themselves, beyond one step a layer. moved: about how many bytes its windows move.
    """

    segment: Segment
    live_bytes: int
    rows: int
    moved: int


class Cuts:
    """All ways to cut a graph that may be best.

    Tensors are whole where a segment begins, so that what each segment costs does not depend on the others: dynamic
    programming over the layers finds the best.
    """

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self.graph = graph = measures.graph
        layers = range(len(graph.inputs))
        whole = [self._candidate(whole_layer(graph, layer)) for layer in layers]
        from_start = [self._candidate(row_by_row(0, last)) for last in layers]
        self._candidates = [
            [c for c in dict.fromkeys((whole[last], from_start[last])) if c is not None] for last in layers
        ]
        firsts = [c.live_bytes for ending in self._candidates for c in ending if c.segment.first == 0]
        too_large = [c is None or c.live_bytes > min(firsts) for c in whole]
        limit = self.least_live_bytes()
        for last in layers:
            for first in range(max(1, last + 1 - MOST_LAYERS), last + 1):
                may_help = (
                    any(too_large[first : last + 1]) and max(self._crossing[first], self._crossing[last + 1]) <= limit
                )
                candidate = self._candidate(row_by_row(first, last)) if may_help else None
                if candidate is not None and candidate.segment != whole_layer(graph, last):
                    self._candidates[last].append(candidate)

    def least_live_bytes(self) -> int:
        """The least peak of live bytes, over all ways to cut."""
        peak = [0]
        for ending in self._candidates:
            peak.append(min(max(peak[c.segment.first], c.live_bytes) for c in ending))
        return peak[-1]

    def least_cost(self, limit: int, price: float, row_work: int) -> tuple[Segment, ...]:
        """The segments with the least cost whose live bytes stay within `limit`, which must be possible.

        Cost is what windows move, `row_work` for each row that is made by itself, and `price` for each byte that is
        live where segments meet: whole tensors are hard to place beside each other.
        """

        def cost(c: Candidate) -> float:
            return c.moved + row_work * c.rows + price * self._crossing[c.segment.first]

        best: list[tuple[float, Candidate | None]] = [(0, None)]
        for ending in self._candidates:
            ways = [
                (best[c.segment.first][0] + cost(c), -c.segment.first, c)
                for c in ending
                if c.live_bytes <= limit and (c.segment.first == 0 or best[c.segment.first][1] is not None)
            ]
            best.append(min(ways, key=lambda way: way[:2])[::2] if ways else (0, None))
        segments: list[Segment] = []
        at = len(self._candidates)
        while at:
            candidate = best[at][1]
            assert candidate is not None
            segments.append(candidate.segment)
            at = candidate.segment.first
        return tuple(reversed(segments))

    def _candidate(self, segment: Segment) -> Candidate | None:
        measured = self._measures.of(segment)
        if measured is None:
            return None
        rows = measured.steps - (segment.last + 1 - segment.first)
        return Candidate(segment, measured.live_bytes, rows, self._moved(segment))

    @cached_property
    def _crossing(self) -> list[int]:
        """For every layer, and after the last, the bytes of the tensors that are whole before it begins."""
        graph = self.graph
        begin = 0 if graph.input_mode is InputMode.ARENA else 1
        sizes = [height * row_bytes for height, row_bytes in zip(graph.heights, graph.row_bytes, strict=True)]
        return [
            sum(sizes[t] for t in range(begin, layer + 1) if graph.last_reader[t] >= layer)
            for layer in range(len(graph.inputs) + 1)
        ]

    def _moved(self, segment: Segment) -> int:
        """About how many bytes rolling windows move: what one row of a reader shares with the next."""
        first, last, _ = segment
        graph, moved = self.graph, 0
        for tensor in range(first + 1, last + 1):
            if graph.last_reader[tensor] <= last:
                moved += self._overlaps[tensor]
        return moved

    @cached_property
    def _overlaps(self) -> list[int]:
        """For every tensor, the bytes that a reader reads again for its next row, over all of its rows."""
        graph = self.graph
        found = [0] * len(graph.heights)
        for layer, inputs in enumerate(graph.inputs):
            for tensor, reads in zip(inputs, graph.reads[layer], strict=True):
                rows = sum(max(old.end - new.begin, 0) for old, new in pairwise(reads))
                found[tensor] = max(found[tensor], rows * graph.row_bytes[tensor])
        return found
