"""Counts every instruction of one inference in QEMU, for the layer that it works for.

Only the model as it ships counts: not the harness, not the traced twin, not a callback that gives input rows. What a
kernel or the C library executes belongs to the layer that called it.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcucompile.errors import InternalError, NotBitExactError, Problem
from mcucompile.ir.tensors import Array
from mcucompile.target import Target
from mcucompile.toolchain.disassembly import Instruction, read_listing
from mcucompile.toolchain.elf import Function, code, functions, sources
from mcucompile.toolchain.emulator import emulation_of
from mcucompile.toolchain.plugin import OLDEST_API, build_plugin, wanted_api
from mcucompile.toolchain.process import Finished, run, run_or_fail
from mcucompile.toolchain.qemu import qemu_semihosting_command
from mcucompile.toolchain.tools import OBJDUMP

_NOT_COUNTED, _BETWEEN_LAYERS, _FIRST_LAYER = range(3)

UNKNOWN = "unknown"
"""The mnemonic of what binutils cannot name: counted, in no class."""
# Thumb instructions of 32 bits begin with a unit of at least this.
_FIRST_WIDE = 0xE800

_Listing = dict[int, tuple[Instruction, Instruction | None]]


@dataclass(frozen=True)
class Execution:
    """How often an instruction of `function` was executed for a layer (None: between layers), and branched.

    previous: what stands before it in memory, None at the beginning of a function.
    """

    layer: int | None
    function: str
    instruction: Instruction
    previous: Instruction | None
    count: int
    taken: int


@dataclass(frozen=True)
class Counts:
    """All executions of one inference. unaligned: accesses off the multiples of their size, by function."""

    executions: tuple[Execution, ...]
    unaligned: dict[str, int]


def count_instructions(verify_elf: Path, name: str, target: Target, x: Array, timeout_s: float) -> Counts:
    """Run model `name` of the verify image on one int8 input [bytes].

    Raises NotBitExactError if the image fails or hangs, InternalError if the model is not found in it.
    """
    known = functions(verify_elf)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        labelled = _labels(verify_elf, name, known)
        lines = (f"{a.start:x} {max(a.stop, a.start + 2):x} {label}\n" for a, label in labelled)
        (folder / "profile_functions.txt").write_text("".join(lines), encoding="utf-8")
        (folder / "inputs.bin").write_bytes(x.astype(np.int8, copy=False).tobytes())
        finished = _run(verify_elf, target, folder, timeout_s)
        if finished.status != 0:
            how = f"still running after {timeout_s:g} s" if finished.status is None else f"exit {finished.status}"
            where = f"{verify_elf.name} in QEMU ({emulation_of(verify_elf, target).machine})"
            remedy = "run verify on this build; if it passes, report this as a bug in mcucompile"
            raise NotBitExactError(Problem(where, f"{how}: {finished.output.strip()}", "exit status 0", remedy))
        text = (folder / "profile_counts.txt").read_text(encoding="utf-8")
    return _read_counts(text, _listing(verify_elf, target), code(verify_elf), known)


def _run(verify_elf: Path, target: Target, folder: Path, timeout_s: float) -> Finished:
    finished = _run_with(OLDEST_API, verify_elf, target, folder, timeout_s)
    newer = wanted_api(finished.output)
    return finished if newer is None else _run_with(newer, verify_elf, target, folder, timeout_s)


def _run_with(api_version: int, verify_elf: Path, target: Target, folder: Path, timeout_s: float) -> Finished:
    plugin = str(build_plugin(folder, api_version)).replace(",", ",,")  # QEMU's way to write a comma
    command = qemu_semihosting_command(emulation_of(verify_elf, target), verify_elf)
    return run([*command, "-plugin", plugin], folder, timeout_s)


def _labels(elf: Path, name: str, known: tuple[Function, ...]) -> list[tuple[range, int]]:
    """What the plugin is told: which functions are layers, which call layers, which are not the model's."""
    files = sources(elf)
    labels = []
    for function in known:
        file = next((file for addresses, file in files if function.addresses.start in addresses), "")
        if file == f"src/{name}.c":
            labels.append((function.addresses, _label(function, name)))
        elif file.startswith("firmware/"):
            labels.append((function.addresses, _NOT_COUNTED))
    if not any(label == _BETWEEN_LAYERS for _, label in labels):
        raise InternalError.broken(elf.name, "no code of src/" + name + ".c", f"{name}_invoke and its layers, with -g")
    return labels


def _label(function: Function, name: str) -> int:
    layer = re.match(rf"{re.escape(name)}_layer_(\d+)\b", function.name)
    if layer is not None:
        return _FIRST_LAYER + int(layer[1])
    beside = function.is_global and not function.name.startswith(f"{name}_invoke")
    return _NOT_COUNTED if beside else _BETWEEN_LAYERS


def _listing(elf: Path, target: Target) -> _Listing:
    """Every instruction by its address, with the one before it.

    Without being told, binutils takes vector instructions for those of a coprocessor.
    """
    architecture = ["-m", "armv8.1-m.main"] if target.core.mve else []
    listed = read_listing(run_or_fail([OBJDUMP, "-d", "--no-show-raw-insn", *architecture, elf.absolute()], elf.parent))
    return {at.address: (at, before) for at, before in zip(listed, [None, *listed[:-1]], strict=True)}


def _read_counts(text: str, listing: _Listing, units: dict[int, int], known: tuple[Function, ...]) -> Counts:
    owners = {address: function for function in known for address in function.addresses[::2]}
    executions, unaligned = [], dict[str, int]()
    for first, *numbers in map(str.split, text.splitlines()):
        address, count = int(numbers[0], 16), int(numbers[1])
        owner = owners.get(address)
        function = "outside all functions" if owner is None else owner.name
        if first == "unaligned":
            unaligned[function] = unaligned.get(function, 0) + count
            continue
        layer = None if int(first) == _BETWEEN_LAYERS else int(first) - _FIRST_LAYER
        instruction, before = listing.get(address, (Instruction(address, UNKNOWN, ""), None))
        previous = None if owner is None or address == owner.addresses.start else before
        straight = int(numbers[3 if units[address] >= _FIRST_WIDE else 2])
        executions.append(Execution(layer, function, instruction, previous, count, count - straight))
    return Counts(tuple(executions), unaligned)
