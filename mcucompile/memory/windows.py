"""Which tensors roll in a window, how many rows it must have, and when its rows move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mcucompile.ir.program import InputMode, Rows, Segment
from mcucompile.memory.pull_order import Block
from mcucompile.memory.row_graph import RowGraph


class Move(NamedTuple):
    """Before step `step`, `rows` go to the front of a window.

    turn: of the moves before one step, first those that are early, that of the layer which pulls before that of the
    pulled; then that of the step's own output, then that of the input.
    """

    step: int
    turn: int
    rows: Rows


@dataclass(frozen=True)
class Rolling:
    """A tensor in a window of `rows` rows. ways: the slides, each time all of them, in every way that it may slide."""

    tensor: int
    rows: int
    ways: tuple[tuple[Move, ...], ...]


def find_windows(graph: RowGraph, segments: Sequence[Segment], steps: Sequence[Block]) -> list[Rolling]:
    """Every tensor that only one segment uses, and never needs whole, in a window of the least size."""
    arrivals = _arrivals(graph, steps, _used_in_one_segment(graph, segments))
    found = []
    for tensor, events in arrivals.items():
        room = max((event.end - event.needed for event in events), default=0)
        if 0 < room < graph.heights[tensor]:
            found.append(Rolling(tensor, room, _ways(events, tensor, room)))
    return found


class _Arrival(NamedTuple):
    """In step `step` rows [begin, end) come, pulled from step `pulled` on.

    needed: the first row that this or a later step reads, `begin` if that is less.
    """

    step: int
    pulled: int
    begin: int
    end: int
    needed: int


def _used_in_one_segment(graph: RowGraph, segments: Sequence[Segment]) -> list[int]:
    found = []
    for first, last, _ in segments:
        candidates = list(range(first + 1, last + 1))
        if first == 0 and graph.input_mode is InputMode.ROWS:
            candidates = [0, *candidates]
        found += [tensor for tensor in candidates if graph.last_reader[tensor] <= last]
    return found


def _arrivals(graph: RowGraph, steps: Sequence[Block], tensors: Sequence[int]) -> dict[int, list[_Arrival]]:
    """For each of `tensors`, every time that rows of it come."""
    found: dict[int, list[_Arrival]] = {tensor: [] for tensor in tensors}
    made = [0] * len(graph.heights)
    done = [0] * len(graph.inputs)

    def needed(tensor: int) -> int:
        begins = [made[tensor]]
        for layer in graph.readers[tensor]:
            if done[layer] < graph.heights[layer + 1]:
                uses = zip(graph.inputs[layer], graph.reads[layer], strict=True)
                begins += [reads[done[layer]].begin for read, reads in uses if read == tensor]
        return min(begins)

    def come(tensor: int, step: int, pulled: int, end: int) -> None:
        found[tensor].append(_Arrival(step, pulled, made[tensor], end, needed(tensor)))
        made[tensor] = end

    for step, (layer, rows, pulled) in enumerate(steps):
        if layer + 1 in found:
            come(layer + 1, step, pulled, rows.end)
        if 0 in found and 0 in graph.inputs[layer]:
            end = max(
                graph.read_ends[layer][k][rows.end - 1] for k, tensor in enumerate(graph.inputs[layer]) if tensor == 0
            )
            if end > made[0]:
                come(0, step, step, end)
        done[layer] = rows.end
    return found


def _ways(events: Sequence[_Arrival], tensor: int, room: int) -> tuple[tuple[Move, ...], ...]:
    """Right before a block is written, or early: before what it needs is made. Only one where they are the same."""
    late, early = (tuple(_moves(events, tensor, room, early)) for early in (False, True))
    return (late,) if room == 1 or late == early else (late, early)


def _moves(events: Sequence[_Arrival], tensor: int, room: int, early: bool) -> Iterator[Move]:
    front = 0
    for event in events:
        if event.end > front + room:
            rows = Rows(event.needed, event.begin)
            if early and event.pulled < event.step:
                yield Move(event.pulled, -tensor, rows)
            else:
                yield Move(event.step, 1 if tensor else 2, rows)
            front = event.needed
