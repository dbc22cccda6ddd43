"""C spellings of numbers, arrays, strings and comments."""

import re
import textwrap
from functools import partial

import numpy as np

from mcucompile.ir.tensors import Array

LINE_COLUMNS = 100
INDENT = "    "


def c_type(array: Array) -> str:
    """The element type, such as int8_t."""
    return f"{array.dtype.name}_t"


def integer_lines(array: Array) -> str:
    """All elements in memory order, indented: on one line of at most LINE_COLUMNS columns, else in aligned columns."""
    numbers = [str(number) for number in array.ravel().tolist()]
    line = f"{INDENT}{', '.join(numbers)},"
    if len(line) <= LINE_COLUMNS:
        return line
    width = max(map(len, numbers)) + 1
    count = (LINE_COLUMNS - len(INDENT) + 1) // (width + 1)
    cells = [f"{number},".rjust(width) for number in numbers]
    return "\n".join(INDENT + " ".join(cells[i : i + count]) for i in range(0, len(cells), count))


def float_literal(value: float) -> str:
    """The shortest decimal that reads back as the same float32.

    >>> float_literal(1 / 256), float_literal(0.1), float_literal(1e-7)
    ('0.00390625f', '0.1f', '1e-07f')
    """
    return f"{np.float32(value)!s}f"


def signed(value: int) -> str:
    """An integer for a macro: negative numbers in parentheses."""
    return str(value) if value >= 0 else f"({value})"


def comment(*parts: str) -> str:
    """A comment around any text: printable ASCII only, nothing that opens or closes a comment.

    It is on one line of at most LINE_COLUMNS columns, else each part begins a line of its own and is wrapped, between
    words and after semicolons.

    >>> print(comment("%a = relu(%b)", "from " + "Relu;" * 20))
    /* %a = relu(%b)
     * from Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu; Relu;
     * Relu; Relu; Relu; Relu; Relu; */
    """
    safe = [part.encode("unicode_escape").decode("ascii").replace("*/", "* /").replace("/*", "/ *") for part in parts]
    line = f"/* {' '.join(safe)} */"
    if len(line) <= LINE_COLUMNS:
        return line
    spaced = (re.sub(r";(?=\S)", "; ", part) for part in safe)
    wrap = partial(
        textwrap.wrap, width=LINE_COLUMNS - len(" * ") - len(" */"), break_long_words=False, break_on_hyphens=False
    )
    lines = [line for part in spaced for line in wrap(part)]
    return "/* " + "\n * ".join(lines) + " */"
