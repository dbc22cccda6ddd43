"""Segments that end earlier: their last layers run whole, in one step each."""

from collections.abc import Iterator
from itertools import takewhile

from mcucompile.ir.program import Segment
from mcucompile.memory.pull_order import pull_order, whole_layer
from mcucompile.memory.widen import Widening


def shortened(measures: Widening, segments: tuple[Segment, ...], limit: int) -> Iterator[tuple[Segment, ...]]:
    """`segments`, one of them shorter, at most `limit` bytes alive at once.

    For each of them first without all the layers that may run whole, then with one more, three more, and so on.
    """
    graph = measures.graph
    for i, (first, last, blocks) in enumerate(segments):
        whole = [whole_layer(graph, layer) for layer in range(first, last + 1)]
        fitting = list(takewhile(lambda layer: measures.peak([layer]) <= limit, reversed(whole)))
        kept, more = len(whole) - len(fitting), 1
        while len(whole) > 1 and kept < len(whole):
            head = [Segment(first, first + kept - 1, blocks[:kept])] if kept else []
            if all(pull_order(graph, part) is not None and measures.peak([part]) <= limit for part in head):
                yield (*segments[:i], *head, *whole[kept:], *segments[i + 1 :])
            kept, more = kept + more, 2 * more
