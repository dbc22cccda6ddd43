"""Runs emitted C on this machine, as a shared library (`compile_host_model`) that takes NumPy arrays (`HostModel`)."""

import ctypes
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcucompile.ir.sources import Sources
from tests.shared_kernels import KERNELS, compile_once

Int8 = npt.NDArray[np.int8]

SANITIZED = ("-std=c99", "-O1", "-g", "-fsanitize=undefined", "-fno-sanitize-recover=all")
GUARD_BYTES = 64
POISON = 0xA5
ALIGNMENT = 16

_TRACE = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int8), ctypes.c_int)


@dataclass(frozen=True, eq=False)
class TraceRecord:
    """Rows [row_begin, row_end) of the output of layer number `layer`, as the step that made them left them."""

    layer: int
    row_begin: int
    row_end: int
    data: Int8


class Arena:
    """Poisoned, aligned memory between two guard zones: for an arena, or for an input that the caller keeps."""

    def __init__(self, size: int, misalignment: int = 0) -> None:
        self._bytes = np.full(size + 2 * GUARD_BYTES + ALIGNMENT, POISON, np.uint8)
        start = GUARD_BYTES + misalignment + -(self._bytes.ctypes.data + GUARD_BYTES) % ALIGNMENT
        self._inside = slice(start, start + size)
        self.address: int = self._bytes.ctypes.data + start
        self.content: Int8 = self._bytes[self._inside].view(np.int8)

    def check_guards(self) -> None:
        """Fail if a byte in front of or behind the memory was written."""
        outside = self._bytes.copy()
        outside[self._inside] = POISON
        assert np.all(outside == POISON), "bytes in a guard zone were written"


class HostModel:
    """An emitted model as a shared library. `library`: its functions, under their own names, for ctypes."""

    def __init__(self, library: Path, name: str) -> None:
        self.library: Any = ctypes.CDLL(str(library))
        self.name = name
        self.arena_bytes = self._size("arena")
        self.input_bytes = self._size("input")
        self.output_bytes = self._size("output")

    def _size(self, of: str) -> int:
        return ctypes.c_int32.in_dll(self.library, f"host_{of}_bytes").value

    def run(self, x: npt.NDArray[np.int8]) -> Int8:
        """The output bytes of the model as it ships, for one input (any shape, HWC order)."""
        return self._run(x, None)

    def trace(
        self, x: npt.NDArray[np.int8], on_step: Callable[[TraceRecord], None] = lambda record: None
    ) -> tuple[Int8, list[TraceRecord]]:
        """The output bytes of the traced model, and what every step made. on_step is called after each step."""
        records: list[TraceRecord] = []

        def hook(layer: int, row_begin: int, row_end: int, data: Any, size: int) -> None:
            rows = np.ctypeslib.as_array(data, (size,)).astype(np.int8, copy=True)
            records.append(TraceRecord(layer, row_begin, row_end, rows))
            on_step(records[-1])

        return self._run(x, _TRACE(hook)), records

    def _run(self, x: npt.NDArray[np.int8], hook: Any) -> Int8:
        assert x.size == self.input_bytes
        arena, source = Arena(self.arena_bytes), Arena(self.input_bytes)
        source.content[:] = x.ravel()
        output = np.zeros(self.output_bytes, np.int8)
        run = self.library.host_run
        run.argtypes = [ctypes.c_void_p] * 4
        error = run(arena.address, source.address, output.ctypes.data, ctypes.cast(hook, ctypes.c_void_p))
        assert error == 0, f"{self.name} returned error {error}"
        arena.check_guards()
        source.check_guards()
        np.testing.assert_array_equal(source.content, x.ravel(), "the caller's input was written")
        return output

    def quantize_input(self, pixels: npt.NDArray[np.uint8]) -> Int8:
        """What NAME_quantize_input makes of camera bytes; the same shape."""
        result = np.zeros(pixels.shape, np.int8)
        quantize = self.library[f"{self.name}_quantize_input"]
        quantize(ctypes.c_void_p(pixels.ctypes.data), ctypes.c_void_p(result.ctypes.data), ctypes.c_int(pixels.size))
        return result


def write_sources(sources: Sources, folder: Path) -> None:
    """Write all files of `sources` below `folder`."""
    for name, text in sources.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def compile_host_model(sources: Sources, folder: Path, flags: Sequence[str] = SANITIZED) -> HostModel:
    """Compile `sources`, written below `folder`, with gcc; by default undefined behaviour aborts."""
    write_sources(sources, folder)
    library = folder / f"{sources.name}.so"
    compiler = ["gcc", *flags, "-fPIC", *(f"-I{part}" for part in ("src", "src/kernels", "firmware"))]
    kernels = []
    for kernel in sorted((folder / KERNELS).glob("*.c")):
        kernels.append(folder / "objects" / f"{kernel.stem}.o")
        kernels[-1].parent.mkdir(exist_ok=True)
        compile_once([*compiler, "-o", kernels[-1], "-c", KERNELS / kernel.name], folder)
    own = [*sorted((folder / "src").glob("*.c")), folder / "firmware" / "model_traced.c"]
    shim = Path(__file__).with_name("host_shim.c")
    subprocess.run([*compiler, "-shared", *own, shim, *kernels, "-o", library], cwd=folder, check=True)
    return HostModel(library, sources.name)
