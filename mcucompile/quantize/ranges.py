"""Range: the real values that a tensor takes."""

from typing import NamedTuple

import numpy as np

from mcucompile.ir.tensors import Array


class Range(NamedTuple):
    """Inclusive limits in real units."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Array) -> "Range":
        """From the smallest to the largest of `values`, which must not be empty."""
        return cls(float(np.min(values)), float(np.max(values)))

    def union(self, other: "Range") -> "Range":
        return Range(min(self.low, other.low), max(self.high, other.high))

    def with_zero(self) -> "Range":
        """The range widened to hold 0.0, which padding and ReLU need to hit exactly."""
        return Range(min(self.low, 0.0), max(self.high, 0.0))

    def __str__(self) -> str:
        return f"[{self.low:.6g}, {self.high:.6g}]"
