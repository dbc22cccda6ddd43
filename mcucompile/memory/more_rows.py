"""Steps of a segment that make more rows: fewer calls."""

from collections.abc import Callable

from mcucompile.ir.program import Segment
from mcucompile.memory.measures import Measures, calls


def more_rows(measures: Measures, segment: Segment, accepts: Callable[[Segment], bool]) -> list[Segment]:
    """`segment`, and how it becomes with higher and higher blocks, each accepted.

    Each time it is a layer with one call less, or the fewest less that its height allows: the one that saves most
    work and is accepted. The blocks of a layer that were refused once stay as they are from then on.
    """
    graph = measures.graph
    path, refused = [segment], set[int]()

    def proposals() -> list[tuple[int, int, Segment]]:
        found = []
        for i, rows in enumerate(path[-1].blocks):
            height, work = graph.heights[segment.first + i + 1], graph.call_work[segment.first + i]
            count = calls(height, rows)
            if count > 1 and i not in refused:
                higher = calls(height, count - 1)
                blocks = (*path[-1].blocks[:i], higher, *path[-1].blocks[i + 1 :])
                found.append((work * (calls(height, higher) - count), i, segment._replace(blocks=blocks)))
        return sorted(found)

    while proposed := proposals():
        for _, i, wider in proposed:
            if accepts(wider):
                path.append(wider)
                break
            refused.add(i)
    return path
