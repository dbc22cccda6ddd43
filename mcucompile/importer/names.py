"""Short names for IR nodes, made from the long ones that exporters write."""

import re
from collections import Counter
from collections.abc import Iterable

MAX_LENGTH = 40

_OPERATOR = re.compile(r"[A-Z]\w*|(resource|depthwise|add|sub|mul|div)[\d_]*")
"""A last path component that says only what the operator is, which the printed node says anyway.

Frameworks write operators like Conv or BiasAdd with a capital, and layers like stem.0 or conv2d_1 without.
"""


def identifier(text: str, fallback: str) -> str:
    """Lower-case letters, digits and single underscores, a letter first, at most 40 characters; the end matters most.

    >>> identifier("/Features.0/Conv__1:0", "node")
    'features_0_conv_1_0'
    >>> identifier("7x7", "node")
    'node_7x7'
    """
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    name = words if len(words) <= MAX_LENGTH else words[-MAX_LENGTH:].partition("_")[2] or words[-MAX_LENGTH:]
    if not name:
        return fallback
    return name if name[0].isalpha() else f"{fallback}_{name}"[:MAX_LENGTH]


def components(name: str) -> list[str]:
    """The telling path components of an ONNX node's name.

    Of names that a fusion joined by ";" the last; "stem.0" for torch's "stem/stem.0"; without the operator.

    >>> components("model/act/Relu;model/conv2d_1/Conv2D1")
    ['model', 'conv2d_1']
    >>> components("/features/features.0/features.0.1/Clip")
    ['features.0.1']
    """
    path = [word for word in name.split(";")[-1].split("/") if word]
    while len(path) > 1 and _OPERATOR.fullmatch(path[-1]):
        path.pop()
    return [word for word, after in zip(path, [*path[1:], ""], strict=True) if not after.startswith(f"{word}.")]


class Names:
    """Hands out unique names. `taken` is the input's; `all_names` are those of all ONNX nodes."""

    def __init__(self, taken: str, all_names: Iterable[str]) -> None:
        self._used = {taken}
        paths = [path for path in map(components, all_names) if len(path) > 1]
        first = Counter(path[0] for path in paths).most_common(1)
        # A component that most paths start with, such as "model", tells nothing.
        self._common = first[0][0] if first and 2 * first[0][1] > len(paths) else None

    def unique(self, name: str) -> str:
        """An unused identifier for the ONNX node called `name`."""
        path = components(name)
        if len(path) > 1 and path[0] == self._common:
            path.pop(0)
        base = identifier("/".join(path).removeprefix("node_"), "node")
        result, count = base, 1
        while result in self._used:
            count += 1
            suffix = f"_{count}"
            result = base[: MAX_LENGTH - len(suffix)] + suffix
        self._used.add(result)
        return result
