"""What `inspect --memory` shows beside tensors: the scratch of kernels, and how many there are more."""

import pytest
from rich.console import Console

from mcucompile.display_memory import show_memory
from mcucompile.ir.program import InputMode
from mcucompile.memory_view import ModeMemory, SegmentMemory


@pytest.mark.parametrize(
    ("scratch_bytes", "shown"),
    [
        (0, "a 50, b 30, c 3, 1 more"),
        (2, "a 50, b 30, c 3, 2 more"),
        (40, "a 50, scratch of kernels 40, b 30, 2 more"),
    ],
)
def test_scratch_stands_among_the_tensors(scratch_bytes: int, shown: str) -> None:
    console = Console(width=200)
    tensors = {"a": 50, "b": 30, "c": 3, "d": 1}
    segment = SegmentMemory(("a",), False, 1, 0, 84 + scratch_bytes, tensors, scratch_bytes)
    with console.capture() as captured:
        show_memory(console, {InputMode.ARENA: ModeMemory(200, 200, (segment,))})
    assert captured.get().splitlines()[-1].rstrip().endswith(f"  {shown}")
