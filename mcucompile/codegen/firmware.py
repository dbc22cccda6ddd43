"""firmware/: the runtime, the board's files, and what they must know of the model."""

from mcucompile.codegen.options import EmitOptions
from mcucompile.ir.program import InputMode, Program
from mcucompile.resources import fill

_INVOKE = {InputMode.ARENA: "invoke", InputMode.EXTERNAL: "invoke_external", InputMode.ROWS: "invoke_rows"}


def emit_firmware(program: Program, options: EmitOptions) -> dict[str, str]:
    """The files of firmware/ by name."""
    values = {
        "name": options.name,
        "macro": options.names.macro,
        "mode": program.input_mode.value,
        "invoke": f"{options.name}_{_INVOKE[program.input_mode]}",
        "selftest_crc32": f"0x{options.selftest_crc32:08x}u",
    }
    return {name: path.read_text(encoding="utf-8") for name, path in options.target.firmware_files().items()} | {
        "model_config.h": fill("model_config.h.j2", values),
        "model_traced.c": fill("model_traced.c.j2", values),
    }
