"""Neighbouring segments joined for fewer calls: a sum, row by row, takes the place of what it adds, and leaves room."""

from collections.abc import Iterator
from itertools import pairwise

from mcucompile.ir.program import Segment
from mcucompile.memory.measures import Measures
from mcucompile.memory.more_rows import more_rows
from mcucompile.memory.pull_order import row_by_row

ROOM = (1.0, 0.92, 0.84)
"""Parts of the arena that may live while a joined segment runs: what lives in all of it is hard to place."""


def joined(measures: Measures, segments: tuple[Segment, ...], limit: int) -> Iterator[tuple[Segment, ...]]:
    """`segments`, some pairs of neighbours joined that then take less work, at most `limit` bytes alive at once.

    First as many pairs as may be joined at once, with blocks as high as fit in each part of the limit, then the half
    of them that saves most, and so on.
    """
    savings: list[tuple[int, Segment]] = []
    for one, other in pairwise(segments):
        if measures.runs_whole(one) and measures.runs_whole(other):
            continue
        pair = row_by_row(one.first, other.last)
        if measures.fits(pair, limit):
            saved = measures.work(one) + measures.work(other) - measures.work(_widest(measures, pair, limit))
            savings.append((saved, pair))
    pairs: list[Segment] = []
    for saved, pair in sorted(savings, reverse=True):
        if saved > 0 and not any(_overlap(pair, other) for other in pairs):
            pairs.append(pair)
    while pairs:
        others = [segment for segment in segments if not any(_overlap(segment, pair) for pair in pairs)]
        for part in ROOM:
            yield tuple(sorted([*others, *(_widest(measures, pair, int(part * limit)) for pair in pairs)]))
        del pairs[len(pairs) // 2 :]


def _widest(measures: Measures, segment: Segment, limit: int) -> Segment:
    """With the highest blocks that live in `limit` bytes."""
    return more_rows(measures, segment, lambda proposed: measures.fits(proposed, limit))[-1]


def _overlap(one: Segment, other: Segment) -> bool:
    return one.first <= other.last and other.first <= one.last
