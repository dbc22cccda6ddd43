"""The stack that a model's invoke function needs."""

from collections.abc import Iterable
from pathlib import Path

from mcucompile.toolchain.disassembly import library_frames
from mcucompile.toolchain.elf import functions
from mcucompile.toolchain.stack import external_calls, read_call_graph, worst_case

# libgcc's jump tables of ARMv6-M, which gcc's call graph leaves out; leaves all of them.
_JUMP_TABLES = "__gnu_thumb1_case_"


def invoke_stack_bytes(objects: Iterable[Path], model_elf: Path, name: str) -> int:
    """Worst-case bytes below the caller of the model's invoke function; a row callback counts as the caller's.

    objects: the compiled model and kernels, with gcc's .ci files beside them; libraries have none and are
    disassembled. model_elf: all of it, linked. Raises InternalError if the depth has no bound.
    """
    graph = read_call_graph(path for o in objects if (path := o.with_suffix(".ci")).is_file())
    linked = [function.name for function in functions(model_elf)]
    jump_tables = frozenset(symbol for symbol in linked if symbol.startswith(_JUMP_TABLES))
    frames = graph | library_frames(model_elf, external_calls(graph) | jump_tables)
    invoke = next(symbol for symbol in linked if symbol.startswith(f"{name}_invoke"))
    callers = frozenset(title for title in graph if title.split(":")[0] in {f"{name}_invoke_rows", f"src/{name}.c"})
    return worst_case(frames, invoke, callers) + max((frames[table].bytes for table in jump_tables), default=0)
