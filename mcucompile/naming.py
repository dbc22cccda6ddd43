"""The name of a model: a C identifier, and the stem of its files."""

import re

from mcucompile.errors import Problem, UsageError
from mcucompile.resources import resource

_STANDARD_HEADERS = (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic "
    "stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype"
)


def model_name(stem: str) -> str:
    """A file's stem as a model name: other characters become _, it starts with a letter, and hides no header.

    >>> model_name("mobilenet-v1 0.25"), model_name("96x96"), model_name("float")
    ('mobilenet_v1_0_25', 'model_96x96', 'float_model')
    """
    name = re.sub(r"\W", "_", stem, flags=re.ASCII).lower()
    name = name if name[:1].isalpha() else f"model_{name}"
    return f"{name}_model" if name in _hidden_headers() else name


def check_name(name: str) -> str:
    """`name` itself. Raises UsageError unless it can name a model."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) and name.lower() not in _hidden_headers():
        return name
    allowed = "a letter, then letters, digits and underscores; no header's name, such as string"
    raise UsageError(Problem("--name", f"'{name}'", allowed, f"try --name {model_name(name)}"))


def _hidden_headers() -> set[str]:
    """The headers that NAME.h could stand in for: of C, of the kernels and of the firmware."""
    ours = {path.stem for path in resource("firmware").rglob("*.h")}
    return {*_STANDARD_HEADERS.split(), *ours, "model_config", "model_traced"}
