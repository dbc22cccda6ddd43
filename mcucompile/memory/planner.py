"""Finds offsets with the least peak: good orders first, then branch and bound until the lower bound is met.

Placing a set of buffers at the lowest free offset, in some order, gives an optimal placement for at least one order;
so orders are all that is searched.
"""

from collections.abc import Callable, Sequence

from mcucompile.ir.plan import Linear, MemoryPlan, Placement, ScratchPlacement
from mcucompile.ir.program import Program
from mcucompile.memory.liveness import Buffer, buffers

SEARCH_NODES = 20_000
"""How many placements the branch and bound tries before it settles for the best order found."""

_ORDERS: tuple[Callable[[Buffer], tuple[int, ...]], ...] = (
    lambda b: (-b.size, b.first),
    lambda b: (-b.size * (b.last - b.first + 1), b.first),
    lambda b: (b.first, -b.size),
    lambda b: (b.first - b.last, -b.size),
)


def plan_memory(program: Program) -> MemoryPlan:
    """Place every tensor and every kernel's scratch in the arena."""
    items = buffers(program)
    bound = lower_bound(items)
    offsets = min((_place(sorted(items, key=order)) for order in _ORDERS), key=_peak)
    if _peak(offsets) > bound:
        offsets = _branch_and_bound(items, offsets, bound)
    tensors = {
        name: Placement(Linear(), offset, program.types[name].bytes)
        for item, offset in offsets.items()
        for name in item.tensors
    }
    scratch = tuple(
        ScratchPlacement(
            item.scratch_step, offset, program.layers[program.steps[item.scratch_step].layer].scratch_bytes
        )
        for item, offset in offsets.items()
        if item.scratch_step is not None
    )
    in_order = {name: tensors[name] for name in program.arena_tensors}
    return MemoryPlan(in_order, tuple(sorted(scratch, key=lambda s: s.step)), _peak(offsets), bound)


def lower_bound(items: Sequence[Buffer]) -> int:
    """The most bytes live during one step: no placement can do with less."""
    steps = {item.first for item in items}
    return max((sum(i.size for i in items if i.first <= step <= i.last) for step in steps), default=0)


def _peak(offsets: dict[Buffer, int]) -> int:
    return max((offset + item.size for item, offset in offsets.items()), default=0)


def _place(order: Sequence[Buffer]) -> dict[Buffer, int]:
    offsets: dict[Buffer, int] = {}
    for item in order:
        offsets[item] = _lowest_offset(item, offsets)
    return offsets


def _lowest_offset(item: Buffer, offsets: dict[Buffer, int]) -> int:
    """The lowest offset at which `item` meets no placed buffer that is live at the same time."""
    offset = 0
    for begin, end in sorted((at, at + other.size) for other, at in offsets.items() if other.overlaps(item)):
        if begin - offset >= item.size:
            break
        offset = max(offset, end)
    return offset


def _branch_and_bound(items: Sequence[Buffer], found: dict[Buffer, int], bound: int) -> dict[Buffer, int]:
    """Depth first over all orders, giving up branches that cannot beat the best so far."""
    best, best_peak, nodes = found, _peak(found), 0

    def search(placed: dict[Buffer, int], left: tuple[Buffer, ...], peak: int) -> None:
        nonlocal best, best_peak, nodes
        if not left:
            best, best_peak = dict(placed), peak
        for item in left:
            nodes += 1
            if nodes > SEARCH_NODES or best_peak == bound:
                return
            offset = _lowest_offset(item, placed)
            new_peak = max(peak, offset + item.size)
            if new_peak < best_peak:
                search({**placed, item: offset}, tuple(other for other in left if other is not item), new_peak)

    search({}, tuple(sorted(items, key=_ORDERS[0])), 0)
    return best
