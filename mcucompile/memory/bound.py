"""The bytes that must be in the arena at once: no placement is smaller."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcucompile.memory.allocations import BEFORE_STEPS, Allocation, Moments, TensorAllocation
from mcucompile.memory.clock import Clock
from mcucompile.memory.handover import Handover

Bytes = npt.NDArray[np.int64]


def live_bytes(allocations: Sequence[Allocation], handovers: Sequence[Handover], clock: Clock, alignment: int) -> Bytes:
    """[allocations, moments]: the arena bytes that each allocation has to itself, from BEFORE_STEPS to the clock's end.

    Rows that may take the place of a dying input's rows do not count while they are written. Where all that lives is
    whole allocations, these begin at multiples of `alignment`, so that their sizes are rounded up to it; a part of an
    allocation may begin anywhere.
    """
    live = np.zeros((len(allocations), clock.end + 1 - BEFORE_STEPS), np.int64)
    for row, allocation in zip(live, allocations, strict=True):
        for begin, end, moments in allocation.pieces:
            row += (end - begin) * _as_array(moments, len(row))
    live -= _handed_over(allocations, handovers, clock, live.shape)
    sizes = np.array([allocation.size for allocation in allocations])[:, np.newaxis]
    whole = np.all((live == 0) | (live == sizes), axis=0)
    return np.where(whole, -(-live // alignment) * alignment, live)


def lower_bound(live: Bytes, alignment: int) -> int:
    """The most bytes that are live at one time, rounded up to the alignment as the arena is. live: see live_bytes."""
    return -(-int(live.sum(axis=0).max()) // alignment) * alignment


def _as_array(moments: Moments, times: int) -> Bytes:
    """1 for each time that belongs to `moments`, 0 for the others; from BEFORE_STEPS on."""
    packed = np.frombuffer(moments.to_bytes(-(-times // 8), "little"), np.uint8)
    return np.unpackbits(packed, count=times, bitorder="little").astype(np.int64)


def _handed_over(
    allocations: Sequence[Allocation], handovers: Sequence[Handover], clock: Clock, shape: tuple[int, ...]
) -> Bytes:
    """Bytes of an output that may replace bytes of an input in the step that writes them; of several inputs, one."""
    index = {a.name: (i, a.row_bytes) for i, a in enumerate(allocations) if isinstance(a, TensorAllocation)}
    most = np.zeros(shape, np.int64)
    for handover in handovers:
        output, row_bytes = index[handover.output]
        times = [clock.moment(time) - BEFORE_STEPS for time in handover.times if time is not None]
        handed = np.bincount(times, minlength=shape[1]).astype(np.int64) * row_bytes
        most[output] = np.maximum(most[output], handed)
    return most
