"""An exhaustive search for offsets, as far as its budget goes.

Every solution can be brought into one form without growing: take the allocations by rising offset, and let each sink to
the lowest place at or above its predecessor where it fits among those taken before. It stays valid, because whatever
comes later lies at least as high. Only allocations at one offset by a handover must sink together; for these, every
place that one of the group can rest on is tried. The search builds exactly these forms, taking the next allocation in
every possible way. (Offset assignment as in D. Knuth's dynamic storage allocation; the form is that of M. Moffitt,
MiniMalloc, 2023, extended by handovers.)

The argument needs allocations that live as one piece; otherwise the search is a heuristic and proves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mcucompile.memory.bound import Bytes
from mcucompile.memory.conflicts import Conflicts
from mcucompile.memory.fit import lowest_offset, round_up


@dataclass
class OffsetSearch:
    """budget: how often an allocation may yet be fitted; at 0 the search has given up."""

    sizes: Sequence[int]
    conflicts: Conflicts
    live: Bytes
    alignment: int
    budget: int
    _limit: int = field(init=False, default=0)

    def find(self, limit: int) -> tuple[int, ...] | None:
        """Offsets with every end at `limit` or below; None if there are none, or none was found within the budget."""
        self._limit = limit
        placed = self._extend({}, 0, -1)
        return None if placed is None else tuple(placed[i] for i in range(len(self.sizes)))

    def _extend(self, placed: dict[int, int], floor: int, last: int) -> dict[int, int] | None:
        """Place the rest at or above `floor`; at `floor` itself only allocations after number `last`."""
        rest = [i for i in range(len(self.sizes)) if i not in placed]
        if not rest:
            return placed
        if floor + int(self.live[rest].sum(axis=0).max()) > self._limit:
            return None
        lowest = {}
        for new in rest:
            lowest[new] = lowest_offset(new, placed, self.conflicts, self.alignment, floor)
            if lowest[new] + self.sizes[new] > self._limit:
                return None
        self.budget -= len(rest)
        for offset, new in sorted(self._choices(placed, floor, last, lowest), key=lambda c: (c[0], -self.sizes[c[1]])):
            if self.budget <= 0:
                return None
            found = self._extend(placed | {new: offset}, offset, new)
            if found is not None:
                return found
        return None

    def _choices(
        self, placed: dict[int, int], floor: int, last: int, lowest: dict[int, int]
    ) -> Iterator[tuple[int, int]]:
        """(offset, allocation) for every way to go on."""
        rests = sorted({floor, *(round_up(at + self.sizes[other], self.alignment) for other, at in placed.items())})
        for new, least in lowest.items():
            waits_for_partner = any(other not in placed for other in self.conflicts.may_coincide[new])
            offsets = [offset for offset in rests if offset > least] if waits_for_partner else []
            for offset in (least, *offsets):
                fits = lowest_offset(new, placed, self.conflicts, self.alignment, offset) == offset
                after_last = offset > floor or new > last
                if fits and after_last and offset + self.sizes[new] <= self._limit:
                    yield offset, new
