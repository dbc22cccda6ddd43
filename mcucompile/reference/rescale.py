"""Sums of products to int8 at the speed of floating point, equal to `fixed_point.requantize` for every accumulator.

Let M be the multiplier, e the shift, r = max(-e, 0) and v = acc · M · 2^(e-31). The two roundings of requantize reach
k > 0 where v >= k - 1/2 - tie and k <= 0 where v >= k - 1/2 + tie, with tie = 2^-(r+1), or 0 if r = 0. Hence
requantize(acc) = floor(v + 1/2 + tie) for acc >= 0 and floor(v + 1/2 - tie) for acc < 0.

All of these are multiples of 2^-(r+31), which double precision holds exactly while they are below 2^(22-r). The largest
sum that the weights of the channel allow tells whether they are. Where they are not, the weights are mostly so small
that the clamped result never changes: it is a constant. The few channels left are requantized in integers.
"""

import numpy as np
import numpy.typing as npt

from mcucompile.reference.fixed_point import INT32_MAX, INT32_MIN, Int64, Integers, requantize

Int8 = npt.NDArray[np.int8]
Floats = npt.NDArray[np.floating]


class Rescale:
    """y = clamp(requantize(sum of products + bias, multiplier, shift) + output_offset) for the channels of a layer."""

    def __init__(
        self,
        weights: Int64,
        bias: npt.NDArray[np.int32],
        input_offset: int,
        multiplier: Integers,
        shift: Integers,
        output_offset: int,
        act_min: int,
        act_max: int,
    ):
        """Weights [C, products of an accumulator], bias [C]; multiplier and shift: one, or [C].

        The input offset, times the sum of the weights, is moved to the bias: the products are of x itself.
        """
        largest_sum = 128 * np.abs(weights).sum(axis=1)
        self.real = np.dtype(np.float32 if np.all(largest_sum <= 2**24) else np.float64)
        """The float type in which the sums of products are exact, added in any order."""
        self._bias = bias + input_offset * weights.sum(axis=1)
        self._multiplier = np.broadcast_to(np.asarray(multiplier, np.int64), self._bias.shape)
        self._shift = np.broadcast_to(np.asarray(shift, np.int64), self._bias.shape)
        self._offset = np.int8(output_offset)  # added modulo 256: the sum is within the clamp, and so exact
        self._limits = act_min - output_offset, act_max - output_offset

        left, right = np.maximum(self._shift, 0), np.maximum(-self._shift, 0)
        low, high = self._bias - largest_sum, self._bias + largest_sum
        fits = (low >= INT32_MIN >> left) & (high <= INT32_MAX >> left)
        least, most = (self._in_integers(np.where(fits, acc, 0), np.arange(len(self._bias))) for acc in (low, high))
        constant = fits & (least == most)
        largest = (largest_sum + np.abs(self._bias)) * self._multiplier.astype(np.float64) + np.ldexp(1.0, right + 31)
        exact = fits & (largest < 2.0**53)

        self._factor = np.ldexp(np.where(exact & ~constant, self._multiplier, 0).astype(np.float64), self._shift - 31)
        self._constant = np.where(constant, least, self._bias * self._factor) + 0.5
        self._tie = np.where(right > 0, np.ldexp(0.5, -right), 0)
        self._inexact = np.flatnonzero(~constant & ~exact)

    def __call__(self, sums: Floats, channels: slice = slice(None)) -> Int8:
        """The int8 values of the sums of products of these channels, [C, ...].

        Raises OverflowError where an accumulator, shifted left, leaves 32 bits.
        """
        factor, constant, tie = (_column(each[channels], sums) for each in (self._factor, self._constant, self._tie))
        v = sums.astype(np.float64)
        v *= factor
        if self._limits[0] < 0:
            v += constant
            v += np.where(v < 0.5, -tie, tie)
            np.floor(v, out=v)
        else:  # what is negative ends at the lower limit, however it is rounded
            v += constant + tie
        y = v.astype(np.int32)
        np.clip(y, *self._limits, out=y)
        every = np.arange(len(self._bias))[channels]
        for channel in np.flatnonzero(np.isin(every, self._inexact)):
            acc = sums[channel].astype(np.int64) + self._bias[every[channel]]
            y[channel] = self._in_integers(acc, every[channel])
        return y.astype(np.int8) + self._offset

    def _in_integers(self, acc: Int64, channel: Int64) -> Int64:
        """Without the output offset."""
        return requantize(acc, self._multiplier[channel], self._shift[channel]).clip(*self._limits)


def _column(values: Floats, sums: Floats) -> Floats:
    """[C] against [C, ...]."""
    return values.reshape(-1, *(1,) * (sums.ndim - 1))
