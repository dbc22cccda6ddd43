"""Mean and variance of every channel, carried through a network as if all values were independent and normal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_GRID = np.linspace(-6.0, 6.0, 241)
_DENSITY = np.exp(-(_GRID**2) / 2) / np.exp(-(_GRID**2) / 2).sum()


@dataclass(frozen=True)
class Moments:
    """mean, variance: float64 [C]; plane: values a channel."""

    mean: Array
    variance: Array
    plane: int

    @property
    def square(self) -> Array:
        """The mean of the squares, [C]."""
        return np.asarray(self.variance + self.mean**2)

    def through(self, function: Callable[[Array], Array]) -> "Moments":
        """After an element-wise function."""
        values = function(self.mean[:, np.newaxis] + np.sqrt(self.variance)[:, np.newaxis] * _GRID)
        mean = values @ _DENSITY
        return Moments(mean, np.maximum(values**2 @ _DENSITY - mean**2, 0), self.plane)

    def affine(self, scale: Array, offset: Array) -> "Moments":
        """After x · scale + offset."""
        return Moments(self.mean * scale + offset, self.variance * scale**2, self.plane)

    def linear(self, weights: Array, groups: int, plane: int) -> "Moments":
        """After a convolution with weights [O, I / groups, taps]."""
        per_group = (groups, len(weights) // groups, weights.shape[1])
        sums = weights.sum(axis=2, dtype=np.float64).reshape(per_group)
        squares = np.einsum("oit,oit->oi", weights, weights, dtype=np.float64).reshape(per_group)
        mean = sums @ self.mean.reshape(groups, -1, 1)
        variance = squares @ self.variance.reshape(groups, -1, 1)
        return Moments(mean.reshape(-1), variance.reshape(-1), plane)

    def average(self) -> "Moments":
        """Of each channel's mean over the plane, whose values are neither independent nor alike."""
        return Moments(self.mean, self.variance / self.plane**0.5, 1)

    def largest(self, count: int, plane: int) -> "Moments":
        """Of the largest of `count` > 1 values, roughly: of 4 normal ones 1.03 and 0.49, of 9 ones 1.49 and 0.36."""
        return Moments(self.mean + np.sqrt(np.log(count) * self.variance), 0.4 * self.variance, plane)

    def flat(self) -> "Moments":
        """Every value its own channel."""
        return Moments(self.mean.repeat(self.plane), self.variance.repeat(self.plane), 1)

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.mean + other.mean, self.variance + other.variance, self.plane)

    def __mul__(self, other: "Moments") -> "Moments":
        mean = self.mean * other.mean
        return Moments(mean, self.square * other.square - mean**2, self.plane)
