"""Which offsets of two allocations go together: the only thing that the search knows of liveness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mcucompile.memory.allocations import Allocation, TensorAllocation
from mcucompile.memory.handover import Handover


class Interval(NamedTuple):
    """All integers strictly between `low` and `high`."""

    low: int
    high: int


@dataclass(frozen=True)
class Conflicts:
    """forbidden[a][b]: what offset(b) - offset(a) must not be; 0 is allowed all the same if b is in may_coincide[a]."""

    forbidden: tuple[tuple[tuple[Interval, ...], ...], ...]
    may_coincide: tuple[frozenset[int], ...]


def find_conflicts(allocations: Sequence[Allocation], handovers: Sequence[Handover]) -> Conflicts:
    """Pieces that live at once must not overlap: p of a ends before q of b begins, or the other way round."""
    index = {a.name: i for i, a in enumerate(allocations) if isinstance(a, TensorAllocation)}
    partners: list[set[int]] = [set() for _ in allocations]
    for handover in handovers:
        source, output = index[handover.source], index[handover.output]
        partners[source].add(output)
        partners[output].add(source)
    forbidden = tuple(tuple(_forbidden(a, b) if a is not b else () for b in allocations) for a in allocations)
    return Conflicts(forbidden, tuple(frozenset(p) for p in partners))


def _forbidden(a: Allocation, b: Allocation) -> tuple[Interval, ...]:
    intervals = sorted(
        Interval(p.begin - q.end, p.end - q.begin) for p in a.pieces for q in b.pieces if p.life.meets(q.life)
    )
    merged: list[Interval] = []
    for low, high in intervals:
        if merged and low < merged[-1].high:
            merged[-1] = Interval(merged[-1].low, max(high, merged[-1].high))
        else:
            merged.append(Interval(low, high))
    return tuple(merged)
