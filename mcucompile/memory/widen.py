"""Steps that make more rows: fewer calls, and at times fewer live bytes, as a reader finds all it needs at once."""

from collections.abc import Iterator, Sequence
from itertools import chain

from mcucompile.ir.program import Segment
from mcucompile.memory.pull_order import pull_order
from mcucompile.memory.row_graph import RowGraph
from mcucompile.memory.segment_peak import segment_peak


class Widening:
    """Doubles the blocks of single layers of segments that run row by row."""

    def __init__(self, graph: RowGraph) -> None:
        self.graph = graph
        self._measured: dict[Segment, tuple[int, int]] = {}

    def peak(self, segments: Sequence[Segment]) -> int:
        """The most bytes that live at once while `segments` run."""
        return max(self._measure(segment)[0] for segment in segments)

    def proposals(self, segments: tuple[Segment, ...], limit: int) -> Iterator[tuple[Segment, ...]]:
        """`segments` with wider blocks and fewer steps, at most `limit` bytes alive at once.

        First with as many changes, one after the other, as the limit allows, then with half as many, and so on; at
        last every single change.
        """
        variants = self._variants(segments, limit)
        changed, singly = [], list(variants)
        while variants:
            changed.append(variants[0])
            variants = self._variants(variants[0], limit)
        count = len(changed)
        while count:
            yield changed[count - 1]
            count //= 2
        yield from singly

    def _variants(self, segments: tuple[Segment, ...], limit: int) -> list[tuple[Segment, ...]]:
        """`segments`, each time with another layer's blocks doubled; the least live bytes first, then fewest steps."""
        measured = [self._measure(segment) for segment in segments]
        found: list[tuple[int, int, tuple[Segment, ...]]] = []
        for i, segment in enumerate(segments):
            others = max((peak for peak, _ in chain(measured[:i], measured[i + 1 :])), default=0)
            for wider in self._wider(segment):
                peak, steps = self._measure(wider)
                fewer = steps - measured[i][1]
                if fewer < 0 and peak <= limit:
                    found.append((max(peak, others), fewer, (*segments[:i], wider, *segments[i + 1 :])))
        return [variant for _, _, variant in sorted(found)]

    def _wider(self, segment: Segment) -> Iterator[Segment]:
        heights = self.graph.heights[segment.first + 1 : segment.last + 2]
        for i, (rows, height) in enumerate(zip(segment.blocks, heights, strict=True)):
            if rows < height:
                yield segment._replace(blocks=(*segment.blocks[:i], min(2 * rows, height), *segment.blocks[i + 1 :]))

    def _measure(self, segment: Segment) -> tuple[int, int]:
        """Live bytes and steps."""
        if segment not in self._measured:
            steps = pull_order(self.graph, segment)
            assert steps is not None
            self._measured[segment] = segment_peak(self.graph, segment, steps), len(steps)
        return self._measured[segment]
