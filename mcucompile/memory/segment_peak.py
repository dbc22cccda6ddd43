"""The bytes that are live while a segment runs. Before and after it all tensors that cross its ends are whole."""

from collections.abc import Mapping, Sequence

import numpy as np

from mcucompile.ir.program import InputMode, Segment
from mcucompile.memory.row_graph import NEVER, RowGraph, Times


def segment_peak(graph: RowGraph, segment: Segment, order: Sequence[int]) -> int:
    """The most bytes of rows that live at one of the segment's steps. order: the layer that each of them runs.

    Rows that a step reads and rows that it makes live together, but for declared replacements.
    """
    first, last, _ = segment
    ran = np.array(order)
    times = step_times(graph, segment, ran)
    end = len(order) - 1
    lives: dict[int, tuple[Times, Times]] = {}
    for tensor in range(last + 2):
        gone = graph.last_reader[tensor] < first and tensor <= first
        if not gone and not (tensor == 0 and graph.input_mode is InputMode.EXTERNAL):
            births = _births(graph, segment, times, tensor)
            lives[tensor] = births, _deaths(graph, segment, times, tensor, births)
    begins = [_begins(graph, lives, tensor, first) for tensor in lives]
    ends = [deaths + 1 for _, deaths in lives.values()]
    sizes = np.repeat([graph.row_bytes[tensor] for tensor in lives], [graph.heights[tensor] for tensor in lives])
    born = np.bincount(np.concatenate(begins), sizes, end + 3)
    died = np.bincount(np.concatenate(ends), sizes, end + 3)
    scratch = np.array(graph.scratch_bytes)[ran]
    return int((np.cumsum(born - died)[: end + 1] + scratch).max())


def step_times(graph: RowGraph, segment: Segment, ran: Times) -> list[Times]:
    """For every layer of the segment, and every row that it makes, the number of the step that does.

    ran: the layer of each step, see PullOrder.
    """
    heights = graph.heights[segment.first + 1 : segment.last + 2]
    return [
        np.repeat(np.flatnonzero(ran == segment.first + i), rows)[:height]
        for i, (rows, height) in enumerate(zip(segment.blocks, heights, strict=True))
    ]


def _births(graph: RowGraph, segment: Segment, times: Sequence[Times], tensor: int) -> Times:
    """When rows come; rows from before the segment at its first step, rows that come later after its last."""
    first, last, _ = segment
    if tensor > first:
        return times[tensor - 1 - first]
    births = np.zeros(graph.heights[tensor], np.int64)
    if tensor > 0 or graph.input_mode is not InputMode.ROWS:
        return births
    births[:] = times[-1][-1] + 1
    for layer in (reader for reader in graph.readers[0] if first <= reader <= last):
        use = graph.first_use(layer, 0)
        births = np.where(use == NEVER, births, np.minimum(births, times[layer - first][use]))
    births[: _asked_before(graph, first)] = 0
    asked: Times = np.minimum.accumulate(births[::-1])[::-1]
    return asked


def _asked_before(graph: RowGraph, layer: int) -> int:
    """How many rows of an input that is asked for the layers before `layer` read, from the top one on."""
    earlier = (graph.last_use(reader, 0) for reader in graph.readers[0] if reader < layer)
    return max((int(np.flatnonzero(use != NEVER).max(initial=NEVER)) + 1 for use in earlier), default=0)


def _deaths(graph: RowGraph, segment: Segment, times: Sequence[Times], tensor: int, births: Times) -> Times:
    """When rows are needed last; NEVER for rows from before the segment that nobody reads any more."""
    first, last, _ = segment
    end = times[-1][-1]
    if tensor == graph.output:
        return np.full(len(births), end)
    deaths = births
    if tensor <= first:
        came_before = len(births)
        if tensor == 0 and graph.input_mode is InputMode.ROWS:
            came_before = _asked_before(graph, first)
        deaths = np.where(np.arange(len(births)) < came_before, NEVER, births)
    for layer in (reader for reader in graph.readers[tensor] if reader >= first):
        use = graph.last_use(layer, tensor)
        until = times[layer - first][use] if layer <= last else end
        deaths = np.maximum(deaths, np.where(use == NEVER, deaths, until))
    return deaths


def _begins(graph: RowGraph, lives: Mapping[int, tuple[Times, Times]], tensor: int, first: int) -> Times:
    """From when on rows count: one that may be written over an input's row which dies then, from the next step on."""
    births, deaths = lives[tensor]
    layer = tensor - 1
    if layer < first:
        return births
    replaces = np.zeros(len(births), np.int64)
    for source in set(graph.inputs[layer]) - graph.kept[layer]:
        if source in lives and graph.last_reader[source] == layer:
            replaces |= lives[source][1] == births
    begins: Times = np.minimum(births + replaces, deaths + 1)
    return begins
