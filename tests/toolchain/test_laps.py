"""Instructions from the ticks of two runs, one coarse and one fine."""

import re
import struct

import pytest

from mcucompile.errors import InternalError, ToolMissingError
from mcucompile.resources import resource
from mcucompile.toolchain.laps import (
    LAP_INVOKE,
    LAP_LOOP,
    LAP_LOOP_INSTRUCTIONS,
    LAP_WRAPPED,
    Lap,
    LapCounts,
    read_laps,
    summarize,
)

WHERE = "toy_verify.elf in QEMU (a machine)"
LOOP = 65536
WRAP, WRAPPED = 1 << 24, 1 << 31


def ticks(laps: list[tuple[int, int]], hertz: int, shift: int) -> bytes:
    """laps.bin of a run: (what, instructions) of each lap."""

    def record(what: int, instructions: int) -> bytes:
        count = (instructions * hertz << shift) // 10**9
        return struct.pack("<iI", what, count % WRAP | (WRAPPED if count >= WRAP else 0))

    return b"".join(record(*lap) for lap in laps)


@pytest.mark.parametrize("hertz", [16_000_000, 20_000_000, 25_000_000, 32_000_000, 168_000_000])
@pytest.mark.parametrize("instructions", [0, 1, 39, 40, 41, 2_621_439, 2_621_440, 2_621_441, 12_345_678, 99_000_001])
def test_every_instruction_is_found(hertz: int, instructions: int) -> None:
    laps = [(-1, LOOP + 3), (-3, 7), (-3, instructions)]
    read = read_laps(ticks(laps, hertz, 0), ticks(laps, hertz, 8), WHERE)
    assert read[1:] == [Lap(-3, 7), Lap(-3, instructions)]


def test_rows_that_are_asked_for_count_for_the_layer_after_them() -> None:
    traced = [Lap(-2, 5), Lap(-2, 6), Lap(0, 100), Lap(0, 110), Lap(-2, 7), Lap(1, 200), Lap(-3, 9)]
    shipped = [Lap(-2, 5), Lap(-2, 6), Lap(-2, 300), Lap(-3, 80)]
    assert summarize([Lap(-1, LOOP), *traced, *shipped]) == LapCounts(391, {0: 221, 1: 207})


def test_more_than_systick_counts_is_refused() -> None:
    laps = [(-1, LOOP), (-3, 700_000_000), (-3, 700_000_000)]
    with pytest.raises(ToolMissingError) as caught:
        read_laps(ticks(laps, 25_000_000, 0), ticks(laps, 25_000_000, 8), WHERE)
    assert str(caught.value) == (
        "tool missing: toy_verify.elf in QEMU (a machine)\n"
        "  found    more than 671 million instructions in one go\n"
        "  allowed  as many as SysTick's 24 bits can count\n"
        "  do       let the plugin count: apt-get install gcc libc6-dev, and a QEMU with plugins, as Debian's is"
    )


def test_the_first_lap_is_that_of_the_loop() -> None:
    laps = [(-3, LOOP), (-3, 7)]
    with pytest.raises(InternalError, match=r"a first lap that -3 ends\n *allowed *-1, the loop of known length"):
        read_laps(ticks(laps, 25_000_000, 0), ticks(laps, 25_000_000, 8), WHERE)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (LAP_LOOP, r"LAP_LOOP = (-\d+)"),
        (LAP_INVOKE, r"LAP_INVOKE = (-\d+)"),
        (LAP_LOOP_INSTRUCTIONS, r"#define LAP_LOOP_INSTRUCTIONS (\d+)u"),
        (LAP_WRAPPED.bit_length() - 1, r"#define LAP_WRAPPED \(UINT32_C\(1\) << (\d+)\)"),
    ],
)
def test_the_harness_has_the_same_numbers(number: int, written: str) -> None:
    header = (resource("firmware") / "runtime" / "harness_laps.h").read_text()
    assert re.findall(written, header) == [str(number)]


@pytest.mark.parametrize(("coarse", "fine"), [(0, 0), (1638, 1638), (5000, 419443)])
def test_machine_whose_systick_does_not_count_instructions(coarse: int, fine: int) -> None:
    with pytest.raises(ToolMissingError, match=f"counted {coarse} and {fine} for a known loop"):
        read_laps(struct.pack("<iI", -1, coarse), struct.pack("<iI", -1, fine), WHERE)
