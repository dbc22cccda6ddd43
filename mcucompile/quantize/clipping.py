"""Ranges narrower than the data: clipping a few large values pays for finer steps for all others."""

import numpy as np

from mcucompile.ir.tensors import Array
from mcucompile.quantize.histograms import Histogram
from mcucompile.quantize.ranges import Range

KEPT = 0.9999
"""Percentile: the share of the values within each limit."""
CANDIDATES = 100
LEAST_FRACTION = 0.1
"""The searches try limits from this fraction of the observed ones to all of them."""
STEPS = 255


def percentile_range(histogram: Histogram) -> Range:
    """All but 0.01 % of the values on either side."""
    total = histogram.counts.sum()
    if total == 0:
        return histogram.range
    below = np.append(0, np.cumsum(histogram.counts)) / total
    low, high = np.interp([1 - KEPT, KEPT], below, histogram.edges)
    return Range(float(low), float(high))


def mse_range(histogram: Histogram) -> Range:
    """The limits around 0 with the least mean squared error: of clipping, and of rounding, step² / 12."""
    lows, highs = _candidates(histogram)
    values, counts = histogram.centers, histogram.counts
    clipped_low = np.square(np.maximum(lows[:, np.newaxis] - values, 0)) @ counts
    clipped_high = np.square(np.maximum(values - highs[:, np.newaxis], 0)) @ counts
    rounded = np.square((highs - lows[:, np.newaxis]) / STEPS) / 12 * counts.sum()
    error = clipped_low[:, np.newaxis] + clipped_high + rounded
    low, high = np.unravel_index(error.argmin(), error.shape)
    return _unless_empty(histogram, float(lows[low]), float(highs[high]))


def entropy_range(histogram: Histogram) -> Range:
    """The upper limit, then the lower one, that lose the least information.

    That is the Kullback-Leibler divergence of the values, those outside moved to the limits, from what STEPS steps
    tell of those inside (Migacz, "8-bit inference with TensorRT", 2017).
    """
    lows, highs = _candidates(histogram)
    high = min(highs[::-1], key=lambda limit: _divergence(histogram, lows[-1], limit))
    low = min(lows[::-1], key=lambda limit: _divergence(histogram, limit, high))
    return _unless_empty(histogram, float(low), float(high))


def _divergence(histogram: Histogram, low: float, high: float) -> float:
    values, counts = histogram.centers, histogram.counts
    inside = (values >= low) & (values <= high)
    if high == low or not counts[inside].any():
        return np.inf
    reference = counts[inside].astype(np.float64)
    step = ((values[inside] - low) / (high - low) * STEPS).astype(np.int64)
    filled = reference > 0
    mass = np.bincount(step, reference, STEPS + 1)
    bins = np.bincount(step, filled, STEPS + 1)
    told = np.where(filled, mass[step] / np.maximum(bins[step], 1), 0)
    reference[0] += counts[values < low].sum()
    reference[-1] += counts[values > high].sum()
    smallest = 1e-6
    p = reference / reference.sum()
    q = np.maximum(told / told.sum(), smallest)
    present = p > 0
    return float(np.sum(p[present] * np.log(p[present] / q[present])))


def _candidates(histogram: Histogram) -> tuple[Array, Array]:
    """Limits to try, from narrow to wide; a single 0 on a side without values."""
    fractions = np.linspace(LEAST_FRACTION, 1, CANDIDATES)
    wide = histogram.range.with_zero()
    lows, highs = (limit * fractions if limit != 0 else np.zeros(1) for limit in wide)
    return lows, highs


def _unless_empty(histogram: Histogram, low: float, high: float) -> Range:
    return Range(low, high) if histogram.counts.any() else histogram.range
