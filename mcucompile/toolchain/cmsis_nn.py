"""Arm's CMSIS-NN, where the user has it installed: finds it, and refuses a build of it that gives other bits."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mcucompile.errors import InternalError, Problem, UsageError
from mcucompile.resources import resource
from mcucompile.target import Target
from mcucompile.toolchain.linker import Memory, link
from mcucompile.toolchain.objects import Compiler
from mcucompile.toolchain.process import run
from mcucompile.toolchain.qemu import qemu_semihosting_command
from mcucompile.toolchain.tools import require_emulator

_PROBE = "cmsis_nn_rounding.c"
_RUNTIME = ("startup.c", "fault.c", "console_numbers.c", "harness_console.c", "harness_semihosting.c")
_SINGLE_ROUNDING = 10


@dataclass(frozen=True)
class CmsisNN:
    """An installed library: the folder of arm_nnfunctions.h, and libcmsis-nn.a."""

    include: Path
    library: Path


def find_cmsis_nn(prefix: Path) -> CmsisNN:
    """The library under `prefix`. Raises UsageError if its header or archive is not there."""
    prefix = prefix.absolute()
    include = next((prefix / f for f in ("include", "Include") if (prefix / f / "arm_nnfunctions.h").is_file()), None)
    archives = (prefix / folder / "libcmsis-nn.a" for folder in ("", "lib", "lib64"))
    library = next((archive for archive in archives if archive.is_file()), None)
    if include is not None and library is not None:
        return CmsisNN(include, library)
    missing = "arm_nnfunctions.h" if include is None else "libcmsis-nn.a"
    raise UsageError(
        Problem(
            f"--cmsis-nn {prefix}",
            f"no {missing}",
            "include/arm_nnfunctions.h (or Include/), and libcmsis-nn.a here or in lib/ or lib64/",
            "build CMSIS-NN for the target's core and give the folder that holds both",
        )
    )


def require_double_rounding(cmsis_nn: CmsisNN, target: Target) -> None:
    """Run the library in QEMU on values that show how it rounds. Raises UsageError unless it rounds as we do."""
    require_emulator()
    with tempfile.TemporaryDirectory() as name:
        status, said = _run_probe(cmsis_nn, target, Path(name))
    if status == 0:
        return
    where = f"--cmsis-nn {cmsis_nn.library}"
    if status == _SINGLE_ROUNDING:
        found = "built with single rounding (CMSIS_NN_USE_SINGLE_ROUNDING)"
        remedy = "build CMSIS-NN without CMSIS_NN_USE_SINGLE_ROUNDING"
        raise UsageError(Problem(where, found, "double rounding, whose bits the compiled model has", remedy))
    remedy = f"build CMSIS-NN with {' '.join(target.core.flags)}"
    raise UsageError(Problem(where, f"does not run on {target.core.name}: {said}", "a library for this core", remedy))


def _run_probe(cmsis_nn: CmsisNN, target: Target, folder: Path) -> tuple[int | None, str]:
    runtime = resource("firmware") / "runtime"
    compiler, include = Compiler(target, "size", folder), (cmsis_nn.include, runtime)
    objects = compiler.compile(runtime, map(Path, _RUNTIME), include)
    objects |= compiler.compile(runtime.parent / "probe", [Path(_PROBE)], include)
    scripts = folder / "scripts"
    scripts.mkdir()
    for name, path in target.firmware_files().items():
        if path.suffix == ".ld":
            (scripts / name).write_bytes(path.read_bytes())
    memory = Memory(target.emulation.flash_bytes, target.emulation.ram_bytes, stack_bytes=1024)
    elf = folder / "probe.elf"
    try:
        link(target.core, scripts / "memory_verify.ld", memory, [*objects.values(), cmsis_nn.library], elf)
    except InternalError as error:
        return None, error.problems[0].found.partition("error: ")[2].partition("\n")[0]
    finished = run(qemu_semihosting_command(target.emulation, elf), folder, timeout_s=60)
    return finished.status, finished.output.strip()
