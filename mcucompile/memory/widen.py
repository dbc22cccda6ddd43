"""Steps that make more rows: fewer calls, and at times fewer live bytes, as a reader finds all it needs at once."""

from collections.abc import Iterator, Sequence

from mcucompile.ir.program import Segment
from mcucompile.memory.measures import Measures


def widened(measures: Measures, segments: tuple[Segment, ...], limit: int) -> Iterator[tuple[Segment, ...]]:
    """`segments` with blocks of single layers doubled, and fewer steps; at most `limit` bytes alive at once.

    First with as many changes, one after the other, as the limit allows, then with half as many, and so on; at
    last every single change.
    """
    variants = _variants(measures, segments, limit)
    changed, singly = [], list(variants)
    while variants:
        changed.append(variants[0])
        variants = _variants(measures, variants[0], limit)
    count = len(changed)
    while count:
        yield changed[count - 1]
        count //= 2
    yield from singly


def _variants(measures: Measures, segments: tuple[Segment, ...], limit: int) -> list[tuple[Segment, ...]]:
    """`segments`, each time with another layer's blocks doubled; the least live bytes first, then fewest steps."""
    found: list[tuple[int, int, tuple[Segment, ...]]] = []
    measured = [measures.of_running(segment) for segment in segments]
    for i, (segment, now) in enumerate(zip(segments, measured, strict=True)):
        others = max((other.live_bytes for other in measured[:i] + measured[i + 1 :]), default=0)
        for wider in _wider(segment, measures.graph.heights):
            then = measures.of_running(wider)
            if then.steps < now.steps and then.live_bytes <= limit:
                changed = (*segments[:i], wider, *segments[i + 1 :])
                found.append((max(then.live_bytes, others), then.steps - now.steps, changed))
    return [variant for _, _, variant in sorted(found)]


def _wider(segment: Segment, heights: Sequence[int]) -> Iterator[Segment]:
    for i, rows in enumerate(segment.blocks):
        height = heights[segment.first + i + 1]
        if rows < height:
            yield segment._replace(blocks=(*segment.blocks[:i], min(2 * rows, height), *segment.blocks[i + 1 :]))
