"""Segments that end earlier: their last layers run whole, in one step each."""

from collections.abc import Iterator
from itertools import takewhile

from mcucompile.ir.program import Segment
from mcucompile.memory.measures import Measures
from mcucompile.memory.pull_order import whole_layer


def shortened(measures: Measures, segments: tuple[Segment, ...], limit: int) -> Iterator[tuple[Segment, ...]]:
    """`segments`, one of them shorter, at most `limit` bytes alive at once.

    For each of them first without all the layers that may run whole, then with one more, three more, and so on.
    """
    for i, (first, last, blocks) in enumerate(segments):
        whole = [whole_layer(measures.graph, layer) for layer in range(first, last + 1)]
        fitting = list(takewhile(lambda layer: measures.fits(layer, limit), reversed(whole)))
        kept, more = len(whole) - len(fitting), 1
        while len(whole) > 1 and kept < len(whole):
            head = [Segment(first, first + kept - 1, blocks[:kept])] if kept else []
            if all(measures.fits(part, limit) for part in head):
                yield (*segments[:i], *head, *whole[kept:], *segments[i + 1 :])
            kept, more = kept + more, 2 * more
