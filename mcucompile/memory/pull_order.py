"""The steps of a segment: its last layer pulls, block by block, what it reads."""

from typing import NamedTuple

from mcucompile.ir.program import Rows, Segment
from mcucompile.memory.row_graph import RowGraph


class Block(NamedTuple):
    """One step: the rows of a layer's output that it makes.

    pulled: how many of the segment's steps come before the first of those that make what it lacks.
    """

    layer: int
    rows: Rows
    pulled: int


def pull_order(graph: RowGraph, segment: Segment) -> list[Block] | None:
    """All steps of `segment`; None if its last layer does not need all rows of those before it.

    Before a layer makes a block, each of its inputs in turn that is made in the segment is completed to the last row
    that the block reads, block by block, by this same rule.
    """
    first, last, blocks = segment
    made = [0] * (last + 1 - first)
    heights = graph.heights[first + 1 : last + 2]
    pulled = [
        [
            (tensor - 1 - first, ends)
            for tensor, ends in zip(graph.inputs[i], graph.read_ends[i], strict=True)
            if tensor > first
        ]
        for i in range(first, last + 1)
    ]
    steps: list[Block] = []

    def make(layer: int, end: int) -> None:
        begin = made[layer]
        while begin < end:
            start, block_end = len(steps), min(begin + blocks[layer], heights[layer])
            for source, ends in pulled[layer]:
                if made[source] < ends[block_end - 1]:
                    make(source, ends[block_end - 1])
            steps.append(Block(first + layer, Rows(begin, block_end), start))
            made[layer] = begin = block_end

    make(last - first, heights[-1])
    return steps if made == list(heights) else None


def row_by_row(first: int, last: int) -> Segment:
    """The segment of these layers that makes one row in each step."""
    return Segment(first, last, (1,) * (last + 1 - first))


def whole_layer(graph: RowGraph, layer: int) -> Segment:
    """The segment of one layer that makes all rows in one step."""
    return Segment(layer, layer, (graph.heights[layer + 1],))
