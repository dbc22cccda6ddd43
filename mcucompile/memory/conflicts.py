"""Which offsets of two allocations go together: the only thing that the search knows of liveness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_
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

    def allow(self, offsets: Mapping[int, int]) -> bool:
        """Whether these allocations may all lie at their offsets."""
        return not any(
            low < offsets[b] - offsets[a] < high and (offsets[a] != offsets[b] or b not in self.may_coincide[a])
            for a, b in combinations(offsets, 2)
            for low, high in self.forbidden[a][b]
        )


def find_conflicts(allocations: Sequence[Allocation], handovers: Sequence[Handover]) -> Conflicts:
    """Pieces that live at once must not overlap: p of a ends before q of b begins, or the other way round."""
    index = {a.name: i for i, a in enumerate(allocations) if isinstance(a, TensorAllocation)}
    partners: list[set[int]] = [set() for _ in allocations]
    for handover in handovers:
        source, output = index[handover.source], index[handover.output]
        partners[source].add(output)
        partners[output].add(source)
    count = len(allocations)
    forbidden: list[list[tuple[Interval, ...]]] = [[()] * count for _ in allocations]
    moments = [reduce(or_, (piece.moments for piece in a.pieces)) for a in allocations]
    for i, j in combinations(range(count), 2):
        if moments[i] & moments[j]:
            forbidden[i][j] = _forbidden(allocations[i], allocations[j])
            forbidden[j][i] = tuple(Interval(-high, -low) for low, high in reversed(forbidden[i][j]))
    return Conflicts(tuple(map(tuple, forbidden)), tuple(frozenset(p) for p in partners))


def _forbidden(a: Allocation, b: Allocation) -> tuple[Interval, ...]:
    intervals = sorted(
        [(p.begin - q.end, p.end - q.begin) for p in a.pieces for q in b.pieces if p.moments & q.moments]
    )
    merged: list[tuple[int, int]] = []
    for low, high in intervals:
        if merged and low < merged[-1][1]:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(Interval(low, high) for low, high in merged)
