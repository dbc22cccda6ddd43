"""Row numbers in the emitted loops. The model in Python evaluates the values here, and the C is their text."""

from collections.abc import Mapping
from dataclasses import dataclass

from mcucompile.ir.operators import FullyConnected, Mean, Mul, Operator
from mcucompile.ir.shapes import window_of
from mcucompile.ir.tensors import Shape

Variables = Mapping[str, int]
"""The C variables of a segment's function."""


@dataclass(frozen=True)
class Affine:
    """factor · variable + offset, as C: str()."""

    variable: str
    factor: int
    offset: int

    def value(self, variables: Variables) -> int:
        return (self.factor * variables[self.variable] if self.factor else 0) + self.offset

    def times(self, factor: int, offset: int) -> "Affine":
        """The number `factor` · this + `offset`."""
        return Affine(self.variable, self.factor * factor, self.offset * factor + offset)

    def __str__(self) -> str:
        if not self.factor:
            return str(self.offset)
        product = self.variable if self.factor == 1 else f"{self.factor} * {self.variable}"
        if not self.offset:
            return product
        return f"{product} {'+' if self.offset > 0 else '-'} {abs(self.offset)}"


def number(value: int) -> Affine:
    """A constant."""
    return Affine("", 0, value)


@dataclass(frozen=True)
class Least:
    """The least of `terms`, or 0 if that is negative and `floored`."""

    terms: tuple[Affine, ...]
    floored: bool = False

    def value(self, variables: Variables) -> int:
        least = min(term.value(variables) for term in self.terms)
        return max(least, 0) if self.floored else least

    def __str__(self) -> str:
        text = str(self.terms[0])
        for term in self.terms[1:]:
            text = f"mcu_min({text}, {term})"
        return f"mcu_max({text}, 0)" if self.floored else text


@dataclass(frozen=True)
class Reach:
    """What output rows [begin, end) read of an input; all of it where `stride` is 0.

    That is [begin · stride - padding, (end - 1) · stride - padding + extent), as far as it lies inside.
    """

    stride: int
    padding: int
    extent: int

    def first(self, begin: Affine) -> Affine:
        """Where the rows begin that output rows from `begin` on read; padding counts as rows below 0."""
        return begin.times(self.stride, -self.padding)

    def end(self, end: Affine) -> Affine:
        """Where the rows end that output rows before `end` read; padding counts as rows above the last."""
        return end.times(self.stride, self.extent - self.padding - self.stride)


def reach(operator: Operator, source: Shape) -> Reach:
    """How far `operator` reaches in an input of the shape `source`; the rule is that of ir.shapes.input_rows."""
    window = window_of(operator)
    if window is not None:
        return Reach(window.stride.h, window.padding.top, window.extent.h)
    if isinstance(operator, FullyConnected | Mean) or (isinstance(operator, Mul) and source.h == 1):
        return Reach(0, 0, source.h)
    return Reach(1, 0, 1)
