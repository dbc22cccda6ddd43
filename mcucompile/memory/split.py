"""Segments cut where that changes no step: the program then reads as what it is."""

from mcucompile.ir.program import InputMode, Segment
from mcucompile.memory.pull_order import pull_order
from mcucompile.memory.row_graph import RowGraph


def split(graph: RowGraph, segment: Segment) -> list[Segment]:
    """`segment` in as many parts, one after the other, as make the same steps.

    Not between two readers of rows that are asked for: they roll in a window only within one segment.
    """
    first, last, blocks = segment
    whole = _steps(graph, segment)
    for end in range(first, last):
        head = Segment(first, end, blocks[: end + 1 - first])
        tail = Segment(end + 1, last, blocks[end + 1 - first :])
        reads_input = any(first <= reader <= end for reader in graph.readers[0])
        is_input_shared = graph.input_mode is InputMode.ROWS and reads_input and graph.last_reader[0] > end
        if not is_input_shared and _steps(graph, head) + _steps(graph, tail) == whole:
            return [head, *split(graph, tail)]
    return [segment]


def _steps(graph: RowGraph, segment: Segment) -> tuple[int, ...]:
    """The layer that each step runs, which says its rows too; none if the segment cannot run."""
    order = pull_order(graph, segment)
    return () if order is None else order.layers
