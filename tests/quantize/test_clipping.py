"""Ranges from histograms: what each method clips, on distributions whose answer is known."""

from collections.abc import Callable

import numpy as np
import pytest

from mcucompile.ir.operators import Add, Clamp
from mcucompile.ir.tensors import Array, Shape
from mcucompile.quantize import CalibrationMethod
from mcucompile.quantize.calibration import HEADROOM, calibrate, min_max_ranges
from mcucompile.quantize.clipping import entropy_range, mse_range, percentile_range
from mcucompile.quantize.histograms import BINS, Histogram, collect_histograms, count
from mcucompile.quantize.ranges import Range
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import chain, samples, small_network


def histogram(values: Array) -> Histogram:
    return Histogram(Range.of(values), count(values, Range.of(values)))


def bell_with_outlier(outlier: float) -> Histogram:
    values = np.random.default_rng(0).normal(size=1_000_000).clip(-4, 4)
    return histogram(np.append(values, outlier))


def test_histograms_count_all_but_zeros_over_all_batches() -> None:
    graph, x = small_network(), samples(40)
    found = collect_histograms(graph, x, min_max_ranges(graph, x))
    for name, values in evaluate_float(graph, x).items():
        expected = np.histogram(values[values != 0], BINS, found[name].range)[0]
        assert found[name].counts.sum() == np.count_nonzero(values)
        assert np.abs(np.cumsum(found[name].counts) - np.cumsum(expected)).max() < 20


def test_percentile_leaves_out_a_ten_thousandth_on_either_side() -> None:
    found = percentile_range(histogram(np.linspace(-1, 1, 100_001)))
    assert found == pytest.approx((-0.9998, 0.9998), abs=2e-3)
    assert found.high < 1


def test_mse_finds_the_best_limits_of_a_bell() -> None:
    """8 bits over a normal distribution: limits near 3.9 standard deviations (Banner et al. 2019, table 1)."""
    values = np.random.default_rng(0).normal(size=1_000_000)
    found = mse_range(histogram(np.append(values, [-8.0, 8.0])))
    assert found == pytest.approx((-4, 4), abs=0.4)


def test_mse_is_no_worse_than_any_other_limits() -> None:
    values = np.random.default_rng(1).laplace(size=20_000)
    observed = Range.of(values)

    def error(limits: Range) -> float:
        step = (limits.high - limits.low) / 255
        rounded = np.clip(np.rint(values / step), round(limits.low / step), round(limits.high / step)) * step
        return float(np.square(rounded - values).mean())

    best = error(mse_range(histogram(values)))
    others = [Range(observed.low * low, observed.high * high) for low in (0.3, 0.6, 1) for high in (0.3, 0.6, 1)]
    assert all(best < 1.02 * error(other) for other in others)


@pytest.mark.parametrize("find", [percentile_range, mse_range, entropy_range])
def test_an_outlier_does_not_stretch_the_range(find: Callable[[Histogram], Range]) -> None:
    found = find(bell_with_outlier(12.0))
    assert 2.5 < found.high < 8
    assert found.low < -2


def test_entropy_keeps_a_distribution_without_tails() -> None:
    found = entropy_range(histogram(np.random.default_rng(0).uniform(0, 1, 100_000)))
    assert found.high > 0.97
    assert found.low == 0


@pytest.mark.parametrize("find", [percentile_range, mse_range, entropy_range])
def test_a_blank_tensor_keeps_its_range(find: Callable[[Histogram], Range]) -> None:
    assert find(histogram(np.zeros(5))) == Range(0, 0)


@pytest.mark.parametrize("method", CalibrationMethod)
def test_every_method_gives_a_range_to_every_tensor_and_counts_up(method: CalibrationMethod) -> None:
    calls: list[tuple[int, int]] = []
    graph, x = small_network(), samples(20)
    ranges = calibrate(graph, x, method, lambda done, total: calls.append((done, total)))
    widest = min_max_ranges(graph, x)
    assert list(ranges) == list(widest)
    for name, found in ranges.items():
        room = HEADROOM if method == CalibrationMethod.MSE and name != graph.input else 1
        assert found.with_zero().low >= room * widest[name].with_zero().low - 1e-6
        assert found.with_zero().high <= room * widest[name].with_zero().high + 1e-6
        assert found.low <= found.high
    assert calls[-1][0] == calls[-1][1]
    assert calls == sorted(calls)


def test_least_squares_leave_headroom_up_to_a_clamp() -> None:
    x = samples(20)
    graph = chain(Shape(8, 8, 3), ("free", Add(), ("x", "x")), ("clamped", Add(Clamp(-0.5, 0.5)), ("free", "free")))
    found = calibrate(graph, x, CalibrationMethod.MSE)
    widest = min_max_ranges(graph, x)
    histograms = collect_histograms(graph, x, widest)
    assert found["x"] == mse_range(histograms["x"])
    np.testing.assert_allclose(found["free"], 1.1 * np.array(mse_range(histograms["free"])))
    assert found["clamped"].high == widest["clamped"].high == 0.5
