"""What a segment needs: the bytes that live while it runs, and how many steps it takes. Each is worked out once."""

from collections.abc import Iterable
from typing import NamedTuple

from mcucompile.ir.program import Segment
from mcucompile.memory.pull_order import pull_order
from mcucompile.memory.row_graph import RowGraph
from mcucompile.memory.segment_peak import segment_peak


def calls(height: int, rows: int) -> int:
    """How many steps make `height` rows in blocks of `rows`.

    >>> calls(12, 5)
    3
    """
    return -(-height // rows)


class Measured(NamedTuple):
    """live_bytes: the most at one of its steps."""

    live_bytes: int
    steps: int


class Measures:
    """Measures segments of `graph`."""

    def __init__(self, graph: RowGraph) -> None:
        self.graph = graph
        self._known: dict[Segment, Measured | None] = {}

    def of(self, segment: Segment) -> Measured | None:
        """None if its last layer does not need all rows of those before it: then it cannot run row by row."""
        if segment not in self._known:
            order = pull_order(self.graph, segment)
            found = None
            if order is not None:
                found = Measured(segment_peak(self.graph, segment, order.layers), len(order.layers))
            self._known[segment] = found
        return self._known[segment]

    def of_running(self, segment: Segment) -> Measured:
        """Of a segment that is known to run."""
        measured = self.of(segment)
        assert measured is not None, f"{segment} cannot run"
        return measured

    def work(self, segment: Segment) -> int:
        """What its steps cost beside arithmetic, without windows that move; see RowGraph.call_work."""
        layers = range(segment.first, segment.last + 1)
        graph = self.graph
        return sum(
            graph.call_work[layer] * calls(graph.heights[layer + 1], rows)
            for layer, rows in zip(layers, segment.blocks, strict=True)
        )

    def runs_whole(self, segment: Segment) -> bool:
        """Whether each of its layers makes all rows in one step."""
        first, last, blocks = segment
        return all(a >= b for a, b in zip(blocks, self.graph.heights[first + 1 : last + 2], strict=True))

    def fits(self, segment: Segment, limit: int) -> bool:
        """Whether it can run in at most `limit` live bytes."""
        measured = self.of(segment)
        return measured is not None and measured.live_bytes <= limit

    def peak(self, segments: Iterable[Segment]) -> int:
        """The most bytes that live at once while `segments`, which can run, do so."""
        return max((self.of_running(segment).live_bytes for segment in segments), default=0)
