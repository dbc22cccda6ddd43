"""The files of firmware/kernels that a model needs."""

import re
from collections.abc import Iterable
from pathlib import Path

from mcucompile.ir.program import KernelLibrary
from mcucompile.resources import resource

OWN_PREFIX = "mcu_"
"""Of the kernels that CMSIS-NN lacks."""

MODEL_INCLUDES = "arm_nnfunctions.h"
"""The header that every emitted model includes."""

ROWS_HEADER = "mcu_rows.h"
"""The header that models with segments include."""


def kernel_files(kernels: Iterable[str], library: KernelLibrary) -> dict[str, str]:
    """File name -> content of everything that a model which calls these functions, or includes a header, needs.

    A kernel's file has the kernel's name; what it calls and includes is followed, to the source of a header too. With
    Arm's library only our own kernels are left.
    """
    folder = resource("firmware") / "kernels"
    prefix = "" if library is KernelLibrary.BUNDLED else OWN_PREFIX
    paths = [*folder.glob(f"{prefix}*.c"), *folder.glob(f"include/{prefix}*.h")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in paths}
    wanted = [name if name.endswith(".h") else f"{name}.c" for name in kernels if name.startswith(prefix)]
    wanted += [MODEL_INCLUDES] if library is KernelLibrary.BUNDLED else []
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed.add(name)
            wanted += _mentions(texts[name], is_header=Path(name).suffix == ".h", known=texts)
    return {name: texts[name] for name in sorted(needed)}


def _mentions(text: str, *, is_header: bool, known: Iterable[str]) -> list[str]:
    """The files among `known` that `text` includes, with their sources, or, in a source, whose function it calls."""
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    includes = re.findall(r'#include "([^"]+)"', code)
    names = includes + [Path(include).with_suffix(".c").name for include in includes]
    if not is_header:
        names += [f"{function}.c" for function in re.findall(r"\b(\w+)\(", code)]
    return [name for name in names if name in set(known)]
