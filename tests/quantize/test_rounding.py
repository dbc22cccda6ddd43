"""Reconstruction of the rounding: never a larger squared error, and the best there is where that can be counted."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Padding, Size2D, Window
from mcucompile.ir.tensors import Array
from mcucompile.quantize import rounding
from mcucompile.quantize.layer_statistics import (
    LayerStatistics,
    Weighted,
    from_weight_matrices,
    input_columns,
    layer_statistics,
    weight_matrices,
)
from mcucompile.quantize.rounding import reconstruct_rounding
from mcucompile.reference.float32 import apply_float


def correlated(random: np.random.Generator, rows: int, groups: int, inputs: int) -> Array:
    """Inputs as a layer after ReLU sees them: not negative, with a mean, correlated."""
    mixed = random.normal(size=(rows, groups, 1)) + 0.3 * random.normal(size=(rows, groups, inputs))
    return np.maximum(mixed + 0.5, 0)


def case(seed: int, rows: int, groups: int, inputs: int, outputs: int) -> tuple[LayerStatistics, Array, Array, Array]:
    """Statistics of a layer, its real weights [G, M, K], x [rows, G, K] and wanted results [rows, G, M]."""
    random = np.random.default_rng(seed)
    x = correlated(random, rows, groups, inputs)
    real = random.uniform(-127, 127, (groups, outputs, inputs))
    wanted = np.einsum("gmk,rgk->rgm", real, x) + random.normal(size=(groups, outputs))
    return layer_statistics([(x, wanted)]), real, x, wanted


def mean_squared_error(statistics: LayerStatistics, weights: Array, x: Array, wanted: Array) -> Array:
    """Measured, with the best bias: [G, M]."""
    results = np.einsum("gmk,rgk->rgm", weights, x) + statistics.best_bias(weights)
    return np.asarray(np.square(wanted - results).mean(axis=0))


shapes = st.tuples(st.integers(1, 40), st.integers(1, 3), st.integers(1, 9), st.integers(1, 4))


@given(seed=st.integers(0, 999), shape=shapes)
def test_statistics_tell_the_squared_error_and_the_best_bias(seed: int, shape: tuple[int, int, int, int]) -> None:
    statistics, real, x, wanted = case(seed, *shape)
    weights = np.rint(real)
    expected = mean_squared_error(statistics, weights, x, wanted)
    np.testing.assert_allclose(statistics.squared_error(weights - real), expected, rtol=1e-6, atol=1e-9)
    errors = wanted - np.einsum("gmk,rgk->rgm", weights, x) - statistics.best_bias(weights)
    np.testing.assert_allclose(errors.mean(axis=0), 0, atol=1e-9)


def test_batches_add_up() -> None:
    statistics, _, x, wanted = case(0, 30, 2, 5, 3)
    batched = layer_statistics([(x[:7], wanted[:7]), (x[7:], wanted[7:])])
    for field in vars(statistics):
        np.testing.assert_allclose(getattr(batched, field), getattr(statistics, field), rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 999), shape=shapes)
def test_the_error_never_grows_and_weights_are_rounded_up_or_down(seed: int, shape: tuple[int, int, int, int]) -> None:
    statistics, real, x, wanted = case(seed, *shape)
    nearest = np.rint(real)
    found = reconstruct_rounding(statistics, real, nearest, 20)
    assert np.all((found == np.floor(real)) | (found == np.ceil(real)))
    assert np.abs(found).max() <= 127
    before = mean_squared_error(statistics, nearest, x, wanted)
    assert np.all(mean_squared_error(statistics, found, x, wanted) <= before + 1e-9)


def test_correlated_inputs_gain_much_and_more_by_error_feedback() -> None:
    """Coordinate descent from the nearest integers alone gains less than 8 times here."""
    statistics, real, _, _ = case(1, 500, 1, 32, 8)
    nearest = np.rint(real)
    found = reconstruct_rounding(statistics, real, nearest, 2)
    gain = statistics.squared_error(nearest - real).sum() / statistics.squared_error(found - real).sum()
    assert gain > 9


def test_close_to_the_best_of_all_roundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 2^8 for each channel; coordinate descent may stop in a local minimum, on the way from nearest to best."""
    monkeypatch.setattr(rounding, "RIDGE", 0.0)
    statistics, real, _, _ = case(2, 500, 1, 8, 6)
    choices = np.array(list(product((0, 1), repeat=8)))
    every = np.floor(real[0])[:, np.newaxis] + choices
    errors = [statistics.squared_error(every[np.newaxis, :, index] - real)[0] for index in range(len(choices))]
    best = np.min(errors, axis=0)
    nearest = statistics.squared_error(np.rint(real) - real)[0]
    found = statistics.squared_error(reconstruct_rounding(statistics, real, np.rint(real), 20) - real)[0]
    assert np.all(found >= best - 1e-9)
    assert (found - best).sum() < 0.35 * (nearest - best).sum()


ODD = Window(Size2D(3, 2), Size2D(2, 1), Padding(1, 0, 2, 1), Size2D(1, 2))


@pytest.mark.parametrize("kind", ["conv", "grouped", "depthwise", "multiplied", "fully connected"])
def test_columns_times_matrices_are_the_layer(kind: str) -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(2, 7, 6, 4)).astype(np.float32)

    def normal(*shape: int) -> Array:
        return random.normal(size=shape).astype(np.float32)

    operators: dict[str, Weighted] = {
        "conv": Conv2D(ODD, normal(6, 3, 2, 4), np.zeros(6, np.float32)),
        "grouped": Conv2D(ODD, normal(6, 3, 2, 2), np.zeros(6, np.float32), groups=2),
        "depthwise": DepthwiseConv2D(ODD, normal(3, 2, 4), np.zeros(4, np.float32)),
        "multiplied": DepthwiseConv2D(ODD, normal(3, 2, 8), np.zeros(8, np.float32)),
        "fully connected": FullyConnected(normal(5, 168), np.zeros(5, np.float32)),
    }
    operator = operators[kind]
    matrices = weight_matrices(operator, operator.weights, channels=4)
    found = np.einsum("gmk,rgk->rgm", matrices, input_columns(operator, x))
    expected = apply_float(operator, (x,))
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(from_weight_matrices(operator, matrices), operator.weights)
