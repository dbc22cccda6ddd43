"""What the axes of an ONNX tensor mean: each is a product of IR axes, in row-major order.

The IR keeps every activation as N, H, W, C and has no Transpose and no Reshape. So a tensor of the ONNX graph is an
IR tensor together with its axes: after Flatten the axes of an image are `N` and `C·H·W`. IR axes of size 1 are left
out of the products, because any ONNX axis of size 1 can stand for them.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mcucompile.importer.constraints import LAYOUT
from mcucompile.ir.tensors import Shape


class Factor(NamedTuple):
    """One IR axis, by its letter N, H, W or C, and its size, which is never 1."""

    letter: str
    size: int


Axis = tuple[Factor, ...]
Axes = tuple[Axis, ...]

LAYOUTS = {
    4: ("NCHW", "NHWC"),
    3: ("NCH", "NHC", "NHW", "CHW", "HWC"),
    2: ("NC", "HW"),
    1: ("C",),
    0: ("",),
}
"""The layouts that a rank stands for, the likeliest first."""


def axis(letter: str, size: int) -> Axis:
    """An ONNX axis that is just one IR axis."""
    return (Factor(letter, size),) if size != 1 else ()


def labelled(letters: str, shape: Shape, batch: int) -> Axes:
    """The axes of an IR tensor whose ONNX axes are `letters`, such as "NCHW"."""
    size = {"N": batch, "H": shape.h, "W": shape.w, "C": shape.c}
    return tuple(axis(letter, size[letter]) for letter in letters)


def sizes(axes: Axes) -> tuple[int, ...]:
    """The ONNX shape."""
    return tuple(math.prod(factor.size for factor in product) for product in axes)


def factors_of(axes: Axes) -> tuple[Factor, ...]:
    """The IR axes in the order in which the ONNX tensor lies in memory."""
    return tuple(factor for product in axes for factor in product)


def batch_of(axes: Axes) -> int:
    """The size of N."""
    return next((factor.size for factor in factors_of(axes) if factor.letter == "N"), 1)


def matches(axes: Axes, letters: str) -> bool:
    """True if the ONNX axes can be read as `letters`.

    >>> image = labelled("NCHW", Shape(4, 4, 1), 1)
    >>> matches(image, "NCHW"), matches(image, "NHWC")
    (True, False)
    """
    return len(axes) == len(letters) and all(
        product in ((), (Factor(letter, math.prod(f.size for f in product)),))
        for product, letter in zip(axes, letters, strict=True)
    )


def letters_of(axes: Axes) -> str:
    """One letter for every ONNX axis; those of size 1 get the letters of the likeliest layout.

    An axis that is a product gets all letters of the product. Raises ViolationError above rank 4.
    """
    LAYOUT.require(len(axes) in LAYOUTS, f"a tensor of rank {len(axes)}")
    for layout in LAYOUTS[len(axes)]:
        if matches(axes, layout):
            return layout
    used = {factor.letter for factor in factors_of(axes)}
    free = [letter for letter in "NHWC" if letter not in used]
    return "".join("".join(f.letter for f in product) or (free.pop(0) if free else "") for product in axes)


def transpose(axes: Axes, permutation: Sequence[int]) -> Axes:
    """ONNX Transpose."""
    good = sorted(permutation) == list(range(len(axes)))
    LAYOUT.require(good, f"permutation {list(permutation)} of a tensor of rank {len(axes)}")
    return tuple(axes[i] for i in permutation)


def reshape(axes: Axes, target: Sequence[int]) -> Axes:
    """ONNX Reshape to `target` (no 0 or -1 left): hand out the IR axes, in order, to the new ONNX axes.

    Raises ViolationError where an IR axis would be torn apart.
    """
    factors = list(factors_of(axes))
    result: list[Axis] = []
    for size in target:
        product: list[Factor] = []
        while math.prod(f.size for f in product) < size and factors:
            product.append(factors.pop(0))
        good = math.prod(f.size for f in product) == size
        LAYOUT.require(good, f"reshape from {describe(axes)} to {list(target)}")
        result.append(tuple(product))
    LAYOUT.require(not factors, f"reshape from {describe(axes)} to {list(target)}")
    return tuple(result)


def squeeze(axes: Axes, removed: Iterable[int]) -> Axes:
    """ONNX Squeeze. Raises ViolationError for an axis that is not of size 1."""
    gone = set(removed)
    for i in gone:
        LAYOUT.require(axes[i] == (), f"squeeze of axis {i} of {describe(axes)}")
    return tuple(product for i, product in enumerate(axes) if i not in gone)


def unsqueeze(axes: Axes, inserted: Iterable[int]) -> Axes:
    """ONNX Unsqueeze; `inserted` are positions in the result."""
    result = list(axes)
    for i in sorted(inserted):
        result.insert(i, ())
    return tuple(result)


def normalized(positions: Iterable[int], rank: int) -> tuple[int, ...]:
    """Axis numbers counted from the front. Raises ViolationError for one that is not within the rank."""
    numbers = tuple(positions)
    LAYOUT.require(all(-rank <= i < rank for i in numbers), f"axes {list(numbers)} of a tensor of rank {rank}")
    return tuple(i % rank for i in numbers)


def describe(axes: Axes) -> str:
    """For messages.

    >>> describe(((), (Factor("C", 8), Factor("H", 2))))
    '[1, C·H=16]'
    """
    words = [
        f"{'·'.join(f.letter for f in product)}={size}" if product else "1"
        for product, size in zip(axes, sizes(axes), strict=True)
    ]
    return f"[{', '.join(words)}]"
