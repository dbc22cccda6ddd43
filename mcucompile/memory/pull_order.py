"""The steps of a segment: its last layer pulls, block by block, what it reads."""

from typing import NamedTuple

from mcucompile.ir.program import Rows, Segment
from mcucompile.memory.row_graph import RowGraph


class PullOrder(NamedTuple):
    """The steps of a segment. Each layer makes its rows from the top one on, in blocks of one height but for the last.

    layers: which layer each step runs. pulled: for each step, how many of the segment's steps come before the first of
    those that make what it lacks.
    """

    layers: tuple[int, ...]
    pulled: tuple[int, ...]


class Block(NamedTuple):
    """One step: the rows of a layer's output that it makes. pulled: as in PullOrder."""

    layer: int
    rows: Rows
    pulled: int


def pull_order(graph: RowGraph, segment: Segment) -> PullOrder | None:
    """The order of the steps of `segment`; None if its last layer does not need all rows of those before it.

    Before a layer makes a block, each of its inputs in turn that is made in the segment is completed to the last row
    that the block reads, block by block, by this same rule.
    """
    first, last, blocks = segment
    made = [0] * (last + 1 - first)
    heights = graph.heights[first + 1 : last + 2]
    reads = [
        [
            (tensor - 1 - first, ends)
            for tensor, ends in zip(graph.inputs[i], graph.read_ends[i], strict=True)
            if tensor > first
        ]
        for i in range(first, last + 1)
    ]
    layers: list[int] = []
    pulled: list[int] = []

    def make(layer: int, end: int) -> None:
        while made[layer] < end:
            start, block_end = len(layers), min(made[layer] + blocks[layer], heights[layer])
            for source, ends in reads[layer]:
                if made[source] < ends[block_end - 1]:
                    make(source, ends[block_end - 1])
            layers.append(first + layer)
            pulled.append(start)
            made[layer] = block_end

    make(last - first, heights[-1])
    return PullOrder(tuple(layers), tuple(pulled)) if made == list(heights) else None


def blocks_of(graph: RowGraph, segment: Segment) -> list[Block]:
    """The steps of a segment, which must be able to run."""
    order = pull_order(graph, segment)
    assert order is not None, f"{segment} cannot run"
    made, found = [0] * len(segment.blocks), []
    for layer, pulled in zip(*order, strict=True):
        i = layer - segment.first
        rows = Rows(made[i], min(made[i] + segment.blocks[i], graph.heights[layer + 1]))
        made[i] = rows.end
        found.append(Block(layer, rows, pulled))
    return found


def row_by_row(first: int, last: int) -> Segment:
    """The segment of these layers that makes one row in each step."""
    return Segment(first, last, (1,) * (last + 1 - first))


def whole_layer(graph: RowGraph, layer: int) -> Segment:
    """The segment of one layer that makes all rows in one step."""
    return Segment(layer, layer, (graph.heights[layer + 1],))
