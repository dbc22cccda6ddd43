"""Searches offsets: quickly in several orders, then exhaustively while that may still gain something."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from mcucompile.memory.allocations import Allocation
from mcucompile.memory.bound import Bytes, lower_bound
from mcucompile.memory.branch_and_bound import OffsetSearch
from mcucompile.memory.conflicts import Conflicts
from mcucompile.memory.fit import lowest_offset, round_up

SEARCH_BUDGET = 20_000
"""How often the exhaustive search may fit an allocation: about a second."""


@dataclass(frozen=True)
class Placed:
    """offsets: of each allocation. arena_bytes: the end of the highest one, aligned. lower_bound_bytes: proven."""

    offsets: tuple[int, ...]
    arena_bytes: int
    lower_bound_bytes: int


def place(allocations: Sequence[Allocation], conflicts: Conflicts, live: Bytes, alignment: int) -> Placed:
    """The best offsets found. live: [allocations, times] bytes, see bound.py.

    Where the exhaustive search comes to its end, its result is the proven lower bound.
    """
    sizes = [allocation.size for allocation in allocations]
    attempts = (_fit_in_order(order, conflicts, alignment) for order in orders(allocations, live))
    arena, offsets = min((_arena_bytes(attempt, sizes, alignment), attempt) for attempt in attempts)
    bound = lower_bound(live, alignment)
    search = OffsetSearch(sizes, conflicts, live, alignment, SEARCH_BUDGET)
    while arena > bound:
        better = search.find(arena - alignment)
        if better is None:
            break
        arena, offsets = _arena_bytes(better, sizes, alignment), better
    in_one_piece = all(len(allocation.pieces) == 1 for allocation in allocations)
    is_exact = in_one_piece and search.budget > 0
    return Placed(offsets, arena, arena if is_exact else bound)


def orders(allocations: Sequence[Allocation], live: Bytes) -> Iterable[list[int]]:
    """Orders of placement: what is hardest to place comes first."""
    pressure = live.sum(axis=0)
    tightest = [int(pressure[row > 0].max(initial=0)) for row in live]
    moments = [reduce(or_, (piece.moments for piece in a.pieces)) for a in allocations]
    first = [(m & -m).bit_length() for m in moments]
    length = [m.bit_length() - first[i] for i, m in enumerate(moments)]
    sizes = [allocation.size for allocation in allocations]
    numbers = range(len(allocations))
    yield sorted(numbers, key=lambda i: (-tightest[i], -sizes[i]))
    yield sorted(numbers, key=lambda i: (-tightest[i], -length[i], -sizes[i]))
    yield sorted(numbers, key=lambda i: -sizes[i])
    yield sorted(numbers, key=lambda i: (-length[i], -sizes[i]))
    yield sorted(numbers, key=lambda i: -sizes[i] * (length[i] + 1))
    yield sorted(numbers, key=lambda i: first[i])


def _fit_in_order(order: Sequence[int], conflicts: Conflicts, alignment: int) -> tuple[int, ...]:
    """Each allocation at the lowest offset where it fits, in this order."""
    placed: dict[int, int] = {}
    for new in order:
        placed[new] = lowest_offset(new, placed, conflicts, alignment)
    return tuple(placed[i] for i in range(len(order)))


def _arena_bytes(offsets: Sequence[int], sizes: Sequence[int], alignment: int) -> int:
    return round_up(max(offset + size for offset, size in zip(offsets, sizes, strict=True)), alignment)
