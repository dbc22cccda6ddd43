"""All the files of a build directory that a C compiler or a linker reads."""

from mcucompile.codegen.firmware import emit_firmware
from mcucompile.codegen.kernels import kernel_files
from mcucompile.codegen.model import emit_model
from mcucompile.codegen.options import EmitOptions
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Program
from mcucompile.ir.sources import Sources


def emit(program: Program, plan: MemoryPlan, options: EmitOptions) -> Sources:
    """src/, src/kernels/ and firmware/; the same text for the same arguments. Raises InternalError."""
    model, kernels = emit_model(program, plan, options)
    folders = {
        "src": model,
        "src/kernels": kernel_files(kernels, options.library),
        "firmware": emit_firmware(program, options),
    }
    files = {f"{folder}/{name}": text for folder, content in folders.items() for name, text in content.items()}
    return Sources(options.name, files)
