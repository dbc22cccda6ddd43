"""From the emitted sources to images: the flashed firmware and the verify image."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mcucompile.target import Target
from mcucompile.toolchain.cmsis_nn import CmsisNN, find_cmsis_nn, require_double_rounding
from mcucompile.toolchain.elf import functions, variable_bytes
from mcucompile.toolchain.fit import Region, require_fit
from mcucompile.toolchain.linker import Memory, link
from mcucompile.toolchain.objects import Compiler
from mcucompile.toolchain.process import run_or_fail
from mcucompile.toolchain.sizes import Sizes, model_sizes
from mcucompile.toolchain.stack_depth import invoke_stack_bytes
from mcucompile.toolchain.tools import OBJCOPY

# Stack of the firmware itself: reset handler, main and its row callback, one exception frame with floating point.
FIRMWARE_STACK_BYTES = 256
# Stack of the verify harness: that, and its calls to the host from inside the model.
HARNESS_STACK_BYTES = 512
_UNLIMITED = 1 << 27
_IN_BOTH_IMAGES = {"startup.c", "fault.c", "console_numbers.c"}


@dataclass(frozen=True)
class Images:
    """The files of a build, and what the model takes. stack_bytes: worst case of its invoke function."""

    elf: Path
    bin: Path
    hex: Path
    verify_elf: Path
    sizes: Sizes
    stack_bytes: int


@dataclass(frozen=True)
class _Objects:
    """Compiled files. model: the model, its kernels and the library; firmware, harness: the rest of each image."""

    name: str
    weights: Path
    model: tuple[Path, ...]
    firmware: tuple[Path, ...]
    harness: tuple[Path, ...]


def build_images(directory: Path, name: str, target: Target, optimize: str, cmsis_nn: Path | None = None) -> Images:
    """Compile and link the sources in the build directory.

    optimize: "size" or "speed". cmsis_nn: the prefix of Arm's library, None for the bundled kernels.
    Raises DoesNotFitError, UsageError for a library that cannot be used, InternalError if the sources do not compile.
    """
    library = None if cmsis_nn is None else find_cmsis_nn(cmsis_nn)
    if library is not None:
        require_double_rounding(library, target)
    with tempfile.TemporaryDirectory() as work:
        objects = _compile(directory, name, Compiler(target, optimize, Path(work)), library)
        model_elf = Path(work) / "model.elf"
        _link_model(objects, directory, target, model_elf)
        sizes = model_sizes(model_elf, objects.weights)
        stack_bytes = invoke_stack_bytes(objects.model, model_elf, name)
        elf = _link_firmware(objects, directory, target, sizes, stack_bytes)
        verify_elf = _link_harness(objects, directory, target, sizes, stack_bytes)
    return Images(
        elf,
        _convert(elf, "binary", elf.with_suffix(".bin")),
        _convert(elf, "ihex", elf.with_suffix(".hex")),
        verify_elf,
        sizes,
        stack_bytes,
    )


def _compile(directory: Path, name: str, compiler: Compiler, library: CmsisNN | None) -> _Objects:
    headers = () if library is None else (library.include,)
    archives = () if library is None else (library.library,)
    model = [Path(f"src/{name}.c"), Path(f"src/{name}_weights.c"), *_c_files(directory, "src/kernels")]
    firmware = _c_files(directory, "firmware")
    include = (Path("src"), *headers, Path("src/kernels"), Path("firmware"))
    objects = compiler.compile(directory, [*model, *firmware], include)
    harness = {path for path in firmware if path.name.startswith("harness") or path.name == "model_traced.c"}
    shared = {path for path in firmware if path.name in _IN_BOTH_IMAGES}
    return _Objects(
        name,
        weights=objects[model[1]],
        model=(*(objects[path] for path in model), *archives),
        firmware=tuple(objects[path] for path in firmware if path not in harness),
        harness=tuple(objects[path] for path in firmware if path in harness | shared),
    )


def _c_files(directory: Path, folder: str) -> list[Path]:
    return [path.relative_to(directory) for path in sorted((directory / folder).glob("*.c"))]


def _link_model(objects: _Objects, directory: Path, target: Target, elf: Path) -> None:
    """The model's public functions and all that they need, nothing else."""
    public = [function.name for function in functions(objects.model[0]) if function.is_global]
    options = ["-Wl,--defsym=reset_handler=0", *(f"-Wl,--undefined={name}" for name in public)]
    memory = Memory(_UNLIMITED, _UNLIMITED, stack_bytes=0)
    link(target.core, directory / "firmware/memory.ld", memory, objects.model, elf, options)


def _link_firmware(objects: _Objects, directory: Path, target: Target, sizes: Sizes, stack_bytes: int) -> Path:
    elf = directory / f"{objects.name}.elf"
    memory = Memory(target.flash_bytes, target.ram_bytes, reserved_stack_bytes(stack_bytes))
    overflow = link(target.core, directory / "firmware/memory.ld", memory, (*objects.firmware, *objects.model), elf)
    regions = _regions(objects.firmware, memory, sizes)
    require_fit(f"target {target.name}", overflow, regions, "start-up and self test")
    return elf


def reserved_stack_bytes(model_bytes: int) -> int:
    """What the flashed image keeps for the stack, so that the 16-byte aligned arena follows it without a gap."""
    return -(-(model_bytes + FIRMWARE_STACK_BYTES) // 16) * 16


def _link_harness(objects: _Objects, directory: Path, target: Target, sizes: Sizes, stack_bytes: int) -> Path:
    """For the chip itself where the harness fits beside the model, else for the target's emulation."""
    elf = directory / f"{objects.name}_verify.elf"
    for script, emulation in (("memory.ld", target.chip), ("memory_verify.ld", target.emulation)):
        memory = Memory(emulation.flash_bytes, emulation.ram_bytes, stack_bytes + HARNESS_STACK_BYTES)
        inputs = (*objects.harness, *objects.model)
        overflow = link(target.core, directory / "firmware" / script, memory, inputs, elf)
        if not overflow:
            return elf
    regions = _regions(objects.harness, memory, sizes)
    require_fit(f"{elf.name} on QEMU's {emulation.machine}", overflow, regions, "verification harness")
    return elf


def _regions(image: tuple[Path, ...], memory: Memory, sizes: Sizes) -> dict[str, Region]:
    """What is known of the bytes in each memory."""
    variables = {"arena": "model_arena", "input": "external_input"}
    ram = {part: sum(variable_bytes(path, name) for path in image) for part, name in variables.items()}
    return {
        "FLASH": Region(memory.flash_bytes, {"weights": sizes.weight_bytes, "code": sizes.code_bytes}),
        "RAM": Region(memory.ram_bytes, {**ram, "statics": sizes.static_bytes, "stack": memory.stack_bytes}),
    }


def _convert(elf: Path, output_format: str, output: Path) -> Path:
    """The flashed bytes without what only QEMU's boot needs (the section .boot outside FLASH)."""
    run_or_fail([OBJCOPY, "-O", output_format, "-R", ".boot", elf, output], elf.parent)
    return output
