"""Runs images in QEMU, which models the instruction set bit for bit, but not time, caches or wait states."""

import struct
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcucompile.errors import NotBitExactError, Problem
from mcucompile.ir.tensors import Array
from mcucompile.target import Emulation, Target
from mcucompile.toolchain.elf import linked_memory
from mcucompile.toolchain.process import kill_group, run
from mcucompile.toolchain.qemu import qemu_semihosting_command, qemu_uart_command

_HEADER = struct.Struct("<4i")


@dataclass(frozen=True)
class TraceRecord:
    """Rows [row_begin, row_end) of the output of layer number `layer`, when they had just been computed: int8 bytes."""

    layer: int
    row_begin: int
    row_end: int
    data: bytes


@dataclass(frozen=True, eq=False)
class RunResult:
    """outputs: int8 [N, bytes]. records: of every input, in order of execution. stack_bytes: the most used.

    emulation: what it ran on.
    """

    outputs: Array
    records: tuple[tuple[TraceRecord, ...], ...]
    stack_bytes: int
    emulation: Emulation


def emulate(verify_elf: Path, target: Target, inputs: Array, output_bytes: int, timeout_s: float) -> RunResult:
    """Run the verify image on int8 inputs [N, bytes]. Raises NotBitExactError if it fails, faults or hangs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_verify_image(verify_elf, target, inputs, folder, timeout_s)
        outputs = np.frombuffer((folder / "outputs.bin").read_bytes(), np.int8)
        records = _split(_read_trace((folder / "trace.bin").read_bytes()), len(inputs))
        (stack_bytes,) = struct.unpack("<I", (folder / "status.bin").read_bytes())
    emulation = emulation_of(verify_elf, target)
    return RunResult(outputs.reshape(len(inputs), output_bytes), records, stack_bytes, emulation)


def run_verify_image(
    verify_elf: Path, target: Target, inputs: Array, folder: Path, timeout_s: float, options: tuple[str, ...] = ()
) -> None:
    """Run it in `folder`, where it leaves its files. options: of QEMU. Raises NotBitExactError if it fails or hangs."""
    emulation = emulation_of(verify_elf, target)
    (folder / "inputs.bin").write_bytes(inputs.astype(np.int8, copy=False).tobytes())
    finished = run([*qemu_semihosting_command(emulation, verify_elf), *options], folder, timeout_s)
    where = f"{verify_elf.name} in QEMU ({emulation.machine})"
    if finished.status is None:
        raise _failed(where, f"still running after {timeout_s:g} s: the firmware hangs", finished.output)
    if finished.status != 0:
        raise _failed(where, f"exit status {finished.status}", finished.output)


def emulation_of(verify_elf: Path, target: Target) -> Emulation:
    """The one whose memory the image was linked for."""
    chip = target.chip
    return chip if linked_memory(verify_elf) == (chip.flash_bytes, chip.ram_bytes) else target.emulation


def run_board_image(elf: Path, target: Target, timeout_s: float) -> str:
    """Boot the flashed image in QEMU and return what it wrote to its UART, up to the end of its report.

    Raises NotBitExactError if no report has ended after `timeout_s`.
    """
    command = qemu_uart_command(target.machine, elf)
    text = bytearray()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        reader = threading.Thread(target=_collect, args=(process, text), daemon=True)
        reader.start()
        deadline = time.monotonic() + timeout_s
        while not _report_ended(text) and time.monotonic() < deadline and reader.is_alive():
            reader.join(0.02)
        kill_group(process)
        reader.join()
    uart = text.decode(errors="replace").replace("\r\n", "\n")
    if not _report_ended(text):
        raise _failed(f"{elf.name} in QEMU ({target.machine})", f"no report within {timeout_s:g} s", uart)
    return uart


def _collect(process: "subprocess.Popen[bytes]", text: bytearray) -> None:
    assert process.stdout is not None
    while byte := process.stdout.read(1):
        text += byte


def _report_ended(text: bytearray) -> bool:
    last = bytes(text).rpartition(b"\n")[0].rpartition(b"\n")[2].strip()
    return text.endswith(b"\n") and last.endswith((b"PASS", b"FAIL", b"halted"))


def _failed(where: str, how: str, output: str) -> NotBitExactError:
    said = output.strip().partition("\n\n")[0]  # after that QEMU dumps registers
    remedy = "report this as a bug in mcucompile, with the model"
    found = f"{how}; it said: {said}" if said else how
    return NotBitExactError(Problem(where, found, "exit status 0 and the outputs of all inputs", remedy))


def _read_trace(trace: bytes) -> list[TraceRecord]:
    records, at = [], 0
    while at < len(trace):
        layer, row_begin, row_end, size = _HEADER.unpack_from(trace, at)
        at += _HEADER.size
        records.append(TraceRecord(layer, row_begin, row_end, trace[at : at + size]))
        at += size
    return records


def _split(records: list[TraceRecord], count: int) -> tuple[tuple[TraceRecord, ...], ...]:
    """The records of each of `count` inputs: every run makes the same steps."""
    each = len(records) // max(count, 1)
    return tuple(tuple(records[i * each : (i + 1) * each]) for i in range(count))
