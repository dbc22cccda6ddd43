"""Searches the order in which allocations are put, each at the lowest offset that is free, and their storages.

Random changes of a good order, kept if they do no harm: the highest allocation, or one in its way, goes to an earlier
place, or a window slides at other times. The same program always gives the same plan.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from random import Random
from typing import NamedTuple

from mcucompile.memory.allocations import Allocation
from mcucompile.memory.conflicts import Conflicts
from mcucompile.memory.fit import lowest_offset, round_up

HARM_ACCEPTED = 0.02
"""How often a change is kept that makes the arena larger, so that the search leaves a dead end."""

NOTHING_FIXED: Mapping[int, int] = {}


class Arrangement(NamedTuple):
    """order: allocations by number, as they are placed. chosen, offsets: by number, which storage, and where."""

    order: tuple[int, ...]
    chosen: tuple[int, ...]
    offsets: tuple[int, ...]
    end: int


class Change(NamedTuple):
    """Another order and other storages, which differ for allocation `moved` and perhaps for `flipped`."""

    order: list[int]
    chosen: list[int]
    moved: int | None
    flipped: int | None


class OrderSearch:
    """choices[i]: the ways to store allocation i, of one size. conflicts: of all ways, one after the other.

    fixed: offsets of allocations that stay where they are, in their first way; no order names them.
    """

    def __init__(
        self,
        choices: Sequence[Sequence[Allocation]],
        conflicts: Conflicts,
        alignment: int,
        fixed: Mapping[int, int] = NOTHING_FIXED,
    ) -> None:
        self._sizes = [ways[0].size for ways in choices]
        numbers = range(len(choices))
        self._free = [i for i in numbers if i not in fixed]
        self._fixed_offsets = [fixed.get(i, 0) for i in numbers]
        self._is_fixed = [i in fixed for i in numbers]
        self._fixed_end = max((offset + self._sizes[i] for i, offset in fixed.items()), default=0)
        self._first_way = [0]
        for ways in choices:
            self._first_way.append(self._first_way[-1] + len(ways))
        self._ways = [len(ways) for ways in choices]
        self._conflicts = conflicts
        self._alignment = alignment
        self._open = [i for i in self._free if self._ways[i] > 1]
        owner = list(chain.from_iterable([i] * len(ways) for i, ways in enumerate(choices)))
        rules = [{owner[b] for b, rule in enumerate(row) if rule} for row in conflicts.forbidden]
        self._near = [
            sorted(set().union(*rules[begin:end]) - {i})
            for i, (begin, end) in enumerate(zip(self._first_way, self._first_way[1:], strict=False))
        ]

    def arrange(self, order: Sequence[int], chosen: Sequence[int]) -> Arrangement:
        """Each allocation at the lowest offset where it fits, in this order."""
        offsets, is_placed = list(self._fixed_offsets), list(self._is_fixed)
        for i in order:
            offsets[i] = self._lowest(i, chosen, offsets, is_placed)
            is_placed[i] = True
        end = max(offset + size for offset, size in zip(offsets, self._sizes, strict=True))
        return Arrangement(tuple(order), tuple(chosen), tuple(offsets), round_up(end, self._alignment))

    def improve(self, start: Arrangement, enough: int, tries: int) -> Arrangement:
        """The best of `tries` changes one after the other; ends early with an arena of `enough` bytes."""
        random = Random(0)
        current = best = start
        for _ in range(tries):
            if best.end <= enough:
                break
            change = self.change(current, random)
            changed = self.rearrange(current, change, lambda: random.random() < HARM_ACCEPTED)
            current = changed or current
            if current.end < best.end:
                best = current
        return best

    def rearrange(self, now: Arrangement, change: Change, accepts_harm: Callable[[], bool]) -> Arrangement | None:
        """The same as arrange(), fitting only what the change concerns; None if it harms and that is not accepted."""
        order, chosen, moved, flipped = change.order, change.chosen, change.moved, change.flipped
        offsets, sizes = list(now.offsets), self._sizes
        is_placed = list(self._is_fixed)
        end, concerned = self._fixed_end, set[int]()
        for i in (i for i in (moved, flipped) if i is not None):
            concerned.update(self._near[i], [i])
        for i in order:
            if i in concerned:
                offsets[i] = self._lowest(i, chosen, offsets, is_placed)
                if offsets[i] != now.offsets[i]:
                    concerned.update(self._near[i])
            is_placed[i] = True
            top = offsets[i] + sizes[i]
            if top > end:
                harms_already, end = end > now.end, top
                if end > now.end and not harms_already and not accepts_harm():
                    return None
        return Arrangement(tuple(order), tuple(chosen), tuple(offsets), round_up(end, self._alignment))

    def _lowest(self, i: int, chosen: Sequence[int], offsets: Sequence[int], is_placed: Sequence[bool]) -> int:
        """The lowest offset where allocation i fits among those that are placed."""
        first_way = self._first_way
        placed = {first_way[j] + chosen[j]: offsets[j] for j in self._near[i] if is_placed[j]}
        return lowest_offset(first_way[i] + chosen[i], placed, self._conflicts, self._alignment)

    def change(self, now: Arrangement, random: Random) -> Change:
        """A random one: another place for an allocation, other storage, or both."""
        order, chosen = list(now.order), list(now.chosen)
        offsets, sizes, draw = now.offsets, self._sizes, random.random
        _, _, top = max([(offsets[i] + sizes[i], draw(), i) for i in self._free])
        near = [top, *(i for i in self._near[top] if not self._is_fixed[i])]
        kind = random.random()
        flipped = None
        if self._open and kind < 0.3:
            candidates = [i for i in near if self._ways[i] > 1]
            flipped = random.choice(candidates if candidates and kind < 0.2 else self._open)
            chosen[flipped] = (chosen[flipped] + 1) % self._ways[flipped]
            if random.random() < 0.5:
                return Change(order, chosen, None, flipped)
        moved = top if kind < 0.6 else random.choice(near) if kind < 0.9 else random.choice(order)
        place = order.index(moved)
        del order[place]
        order.insert(random.randint(0, place) if random.random() < 0.8 else random.randint(0, len(order)), moved)
        return Change(order, chosen, moved, flipped)
