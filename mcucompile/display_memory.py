"""Shows where the arena's bytes go."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcucompile.ir.program import InputMode
from mcucompile.memory_view import ModeMemory, SegmentMemory

BAR = 12
MOST_TENSORS = 3


def show_memory(console: Console, memory: dict[InputMode, ModeMemory]) -> None:
    """For every input mode its arena and segments; a segment's bar shows how much of the arena its peak fills."""
    for mode, planned in memory.items():
        arena, bound = planned.arena_bytes, planned.arena_lower_bound_bytes
        console.print()
        console.print(Text(f"input mode {mode.value}: arena {arena:,} bytes (lower bound {bound:,})", style="bold"))
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("layers", "run", "live bytes"):
            table.add_column(title, justify="right" if title == "live bytes" else "left", no_wrap=True)
        table.add_column("of the arena", no_wrap=True)
        table.add_column("at the peak")
        for segment in planned.segments:
            table.add_row(*map(Text, _row(segment, arena)))
        console.print(table)


def _row(segment: SegmentMemory, arena_bytes: int) -> tuple[str, ...]:
    first, last = segment.layers[0], segment.layers[-1]
    layers = first if first == last else f"{first} … {last} ({len(segment.layers)})"
    run = f"by rows, {segment.steps} steps" if segment.by_rows else "whole"
    bar = "█" * -(-segment.peak_bytes * BAR // max(arena_bytes, 1))
    scratch = [("scratch of kernels", segment.scratch_bytes)] if segment.scratch_bytes else []
    live = sorted([*segment.tensors.items(), *scratch], key=lambda item: -item[1])
    largest = [f"{name} {size:,}" for name, size in live]
    rest = f", {len(largest) - MOST_TENSORS} more" if len(largest) > MOST_TENSORS else ""
    return layers, run, f"{segment.peak_bytes:,}", bar, ", ".join(largest[:MOST_TENSORS]) + rest
