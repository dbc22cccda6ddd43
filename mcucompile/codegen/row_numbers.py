"""Row numbers in the emitted loops. The model in Python evaluates the values here, and the C is their text."""

from collections.abc import Mapping
from dataclasses import dataclass

from mcucompile.ir.shapes import Reach

Variables = Mapping[str, int]
"""The C variables of a segment's function."""


@dataclass(frozen=True)
class Affine:
    """factor · variable + offset, as C: str()."""

    variable: str
    factor: int
    offset: int

    @property
    def variables(self) -> frozenset[str]:
        """The variable, if the number depends on it."""
        return frozenset([self.variable] if self.factor else [])

    @property
    def is_variable(self) -> bool:
        """Whether it is the variable itself."""
        return self.factor == 1 and not self.offset

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


def first_read(reached: Reach, begin: Affine) -> Affine:
    """Where the input rows begin that output rows from `begin` on read; padding counts as rows below 0."""
    return begin.times(reached.stride, -reached.padding)


def end_read(reached: Reach, end: Affine) -> Affine:
    """Where the input rows end that output rows before `end` read; padding counts as rows above the last."""
    return end.times(reached.stride, reached.extent - reached.padding - reached.stride)
