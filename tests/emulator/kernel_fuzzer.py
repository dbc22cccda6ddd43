"""Builds and runs the firmware that tries kernels on random cases: tests/emulator/fuzz.

Every image runs on a Cortex-M55, which executes the code of all other cores and whose memories have nothing beside
them. The kernels under test are compiled for their own core, all the rest for that one.
"""

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from mcucompile.resources import resource
from mcucompile.target import CORES, find_target
from mcucompile.toolchain.elf import functions
from mcucompile.toolchain.linker import Memory, link
from mcucompile.toolchain.objects import Compiler
from mcucompile.toolchain.process import run
from mcucompile.toolchain.qemu import qemu_semihosting_command

FUZZ = Path(__file__).parent / "fuzz"
FIRMWARE = resource("firmware")
KERNELS = FIRMWARE / "kernels"
RUNTIME = FIRMWARE / "runtime"
OF_RUNTIME = ("startup.c", "fault.c", "console_numbers.c", "harness_semihosting.c")
MACHINE = find_target("cortex-m55")
MEMORY = Memory(flash_bytes=8 << 20, ram_bytes=3 << 20, stack_bytes=16 << 10)
PROGRESS = re.compile(r"(?:from case (\d+) on\n)*")

Objects = dict[Path, Path]
"""Source -> object."""


def c_files(folder: Path) -> list[Path]:
    return [path.relative_to(folder) for path in sorted(folder.glob("*.c"))]


def compile_harness(objects: Path) -> Objects:
    """Everything but the kernels under test."""
    compiler = Compiler(MACHINE, "speed", objects)
    fuzz = compiler.compile(FUZZ, c_files(FUZZ), (RUNTIME, KERNELS / "include", KERNELS))
    return fuzz | compiler.compile(RUNTIME, map(Path, OF_RUNTIME), ())


def compile_kernels(core: str, optimize: str, objects: Path, folder: Path = KERNELS) -> Objects:
    """The kernels in `folder`; optimize: "size" or "speed"."""
    return Compiler(find_target(core), optimize, objects).compile(folder, c_files(folder), (KERNELS / "include",))


@dataclass(frozen=True)
class Outcome:
    """What a run found wrong, empty if nothing; the case that it was in; else how many cases each kernel had."""

    wrong: str
    case: int | None
    cases: dict[str, int]


@dataclass(frozen=True)
class Fuzzer:
    """An image with the kernels of `core`."""

    elf: Path
    core: str

    @classmethod
    def of(cls, harness: Objects, kernels: Objects, core: str, elf: Path) -> "Fuzzer":
        """Linked with the core's own libraries, which pass floats as the machine's would not; nothing here has any."""
        options = ("-Wl,--no-warn-mismatch", f"-L{FIRMWARE / 'boards'}")
        overflow = link(CORES[core], FUZZ / "memory.ld", MEMORY, [*harness.values(), *kernels.values()], elf, options)
        assert overflow == {}
        return cls(elf, core)

    def run(self, first_seed: int, cases: int) -> Outcome:
        """The cases with the seeds [first_seed, first_seed + cases), up to the first one that is wrong."""
        folder = self.elf.parent
        (folder / "request.bin").write_bytes(struct.pack("<3I", first_seed, cases, self.core == "cortex-m0"))
        finished = run(qemu_semihosting_command(MACHINE.chip, self.elf), folder, timeout_s=120 + cases / 20)
        progress = PROGRESS.match(finished.output)
        assert progress is not None
        said = finished.output[progress.end() :]
        if finished.status == 0:
            return Outcome("", None, {kernel: int(count) for kernel, count in map(str.split, said.splitlines())})
        if finished.status is None:
            return Outcome(f"still running, somewhere from case {progress[1] or first_seed} on\n{said}", None, {})
        case = re.search(r"^case (\d+): ", said, re.M)
        return Outcome(self._with_functions(said), None if case is None else int(case[1]), {})

    def _with_functions(self, said: str) -> str:
        """`at pc 0x…` with the function that lies there."""

        def add_name(match: re.Match[str]) -> str:
            names = [function.name for function in functions(self.elf) if int(match[1], 16) in function.addresses]
            return " in ".join([match[0], *names[:1]])

        return re.sub(r"at pc (0x[0-9a-f]+)", add_name, said)
