"""Counts the instructions of one inference without a plugin: SysTick, where QEMU's -icount lets time pass with them.

With `-icount shift=N` every instruction takes 2^N ns. With 0 a SysTick of 25 MHz ticks once in 40 instructions, and
wraps after 671 million of them; with 8 it ticks 6.4 times an instruction, and wraps after 2.6 million. Two runs, one of
each, give the exact number. A lap includes a few instructions around what it measures. The SysTick is QEMU's: its
nRF51822 has one, the chip of a real micro:bit has none.
"""

import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mcucompile.errors import InternalError, Problem, ToolMissingError
from mcucompile.ir.tensors import Array
from mcucompile.target import Target
from mcucompile.toolchain.emulator import emulation_of, run_verify_image
from mcucompile.toolchain.tools import HOST_COMPILER_REMEDY

_COARSE, _FINE = 0, 8
_WRAP = 1 << 24
_RECORD = struct.Struct("<iI")
# As in firmware/runtime/harness_laps.h.
LAP_LOOP, LAP_INVOKE = -1, -3
LAP_LOOP_INSTRUCTIONS = 65536
LAP_WRAPPED = 1 << 31
# Hz; clocks are multiples of it, and the loop tells them to a tenth of it.
_CLOCK_STEP = 100_000

_REMEDY = f"let the plugin count: {HOST_COMPILER_REMEDY}, and a QEMU with plugins, as Debian's is"


@dataclass(frozen=True)
class Lap:
    """What ended it: a layer's number, or a negative one. instructions: since the lap before."""

    what: int
    instructions: int


@dataclass(frozen=True)
class LapCounts:
    """Instructions of the model as it ships, and of each layer of its traced twin, with the rows moved before it."""

    total: int
    layers: dict[int, int]


def count_laps(verify_elf: Path, target: Target, x: Array, timeout_s: float) -> LapCounts:
    """Run the verify image twice on one int8 input [bytes].

    Raises NotBitExactError if it fails or hangs, ToolMissingError where SysTick cannot count it.
    """
    coarse, fine = (_run(verify_elf, target, x, shift, timeout_s) for shift in (_COARSE, _FINE))
    where = f"{verify_elf.name} in QEMU ({emulation_of(verify_elf, target).machine})"
    return summarize(read_laps(coarse, fine, where))


def _run(verify_elf: Path, target: Target, x: Array, shift: int, timeout_s: float) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        run_verify_image(verify_elf, target, x, Path(name), timeout_s, ("-icount", f"shift={shift}"))
        return (Path(name) / "laps.bin").read_bytes()


def read_laps(coarse: bytes, fine: bytes, where: str) -> list[Lap]:
    """The laps of two runs of the same image, the first of them being that of the loop.

    Raises ToolMissingError where SysTick cannot count them, InternalError if the first is another.
    """
    pairs = [(what, a, b) for (what, a), (_, b) in zip(*map(_RECORD.iter_unpack, (coarse, fine)), strict=True)]
    first, slow, fast = pairs[0]
    if first != LAP_LOOP:
        raise InternalError.broken(where, f"a first lap that {first} ends", f"{LAP_LOOP}, the loop of known length")
    hertz = round(fast * 1e9 / (LAP_LOOP_INSTRUCTIONS << _FINE) / _CLOCK_STEP) * _CLOCK_STEP
    if hertz == 0 or abs(slow - LAP_LOOP_INSTRUCTIONS * hertz / 1e9) > 1:
        found = f"SysTick, which should count instructions, counted {slow} and {fast} for a known loop"
        raise ToolMissingError(Problem(where, found, "a machine whose SysTick runs under -icount", _REMEDY))
    if any(a & LAP_WRAPPED for _, a, _ in pairs):
        found = f"more than {_WRAP * 1e9 / hertz / 1e6:.0f} million instructions in one go"
        raise ToolMissingError(Problem(where, found, "as many as SysTick's 24 bits can count", _REMEDY))
    return [Lap(what, _instructions(a, b, hertz)) for what, a, b in pairs]


def _instructions(coarse: int, fine: int, hertz: int) -> int:
    """From ticks of both runs: the fine ones are known up to multiples of _WRAP; LAP_WRAPPED is one.

    >>> _instructions(348, 89331, 25_000_000)
    13958
    """
    expected = coarse << _FINE
    return round((fine + round((expected - fine) / _WRAP) * _WRAP) * 1e9 / (hertz << _FINE))


def summarize(laps: list[Lap]) -> LapCounts:
    """The loop, then the laps of the traced run, then those of the model as it ships."""
    shipped = next(number for number, lap in enumerate(laps) if lap.what == LAP_INVOKE) + 1
    layers = dict[int, int]()
    since = 0
    for lap in laps[1:shipped]:
        since += lap.instructions
        if lap.what >= 0:
            layers[lap.what] = layers.get(lap.what, 0) + since
            since = 0
    return LapCounts(sum(lap.instructions for lap in laps[shipped:]), layers)
