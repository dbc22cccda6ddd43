"""Weights per output channel, and the channels that would break the fixed-point arithmetic."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.ir.tensors import Array, Quantization
from mcucompile.quantize.convert import largest_accumulator
from mcucompile.quantize.weights import BIAS_LIMIT, quantize_weights
from mcucompile.reference.fixed_point import quantize_multiplier

SOURCE = Quantization(0.05, -10)
OUTPUT = Quantization(0.1, 5)


def f32(*values: object) -> Array:
    return np.array(values, np.float32)


def test_each_channel_reaches_127() -> None:
    result = quantize_weights(f32([0.5, -1.0], [100.0, 25.0]), f32(0.0, 0.0), 0, SOURCE, OUTPUT)
    assert result.weights.tolist() == [[64, -127], [127, 32]]
    assert result.weights.dtype == np.int8
    np.testing.assert_allclose(result.factor, [0.05 * 1 / 127 / 0.1, 0.05 * 100 / 127 / 0.1])


def test_depthwise_channels_are_the_last_axis() -> None:
    weights = f32([[[1.0, 10.0]], [[-0.5, 20.0]]])[0]
    assert quantize_weights(weights, f32(0, 0), 2, SOURCE, OUTPUT).weights.tolist() == [[[127, 64]], [[-64, 127]]]


def test_bias_is_in_units_of_the_accumulator() -> None:
    result = quantize_weights(f32([127.0]), f32(10.0), 0, SOURCE, OUTPUT)
    assert result.bias.tolist() == [200]
    assert result.bias.dtype == np.int32


def test_a_channel_of_zeros_keeps_a_factor_that_can_be_represented() -> None:
    result = quantize_weights(f32([0.0], [1.0]), f32(0.0, 0.0), 0, SOURCE, OUTPUT)
    assert result.weights.tolist() == [[0], [127]]
    assert result.factor[0] == 1.0


def test_a_channel_that_is_all_bias_keeps_its_bias() -> None:
    result = quantize_weights(f32([0.0], [1e-30]), f32(-30.0, 30.0), 0, SOURCE, OUTPUT)
    assert result.weights.tolist() == [[0], [0]]
    assert result.bias.tolist() == [-BIAS_LIMIT, BIAS_LIMIT]
    np.testing.assert_allclose(result.bias * result.factor * OUTPUT.scale, [-30.0, 30.0])


magnitudes = st.sampled_from([0.0, 1e-38, 1e-12, 1e-6, 1e-3, 1.0, 1e3, 1e6])


@settings(deadline=None)
@given(channels=st.lists(st.tuples(magnitudes, magnitudes), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_any_channel_scales_give_a_sound_accumulator(channels: list[tuple[float, float]], seed: int) -> None:
    random = np.random.default_rng(seed)
    scale = np.array(channels, np.float32)
    weights = (random.uniform(-1, 1, (len(channels), 3, 3, 8)) * scale[:, 0, None, None, None]).astype(np.float32)
    bias = (random.uniform(-1, 1, len(channels)) * scale[:, 1]).astype(np.float32)
    largest = np.abs(weights).sum(axis=(1, 2, 3)) * 256 * SOURCE.scale + np.abs(bias)
    output = Quantization(max(float(largest.max()) / 1000, 1e-30), 0)
    result = quantize_weights(weights, bias, 0, SOURCE, output)
    assert np.abs(result.weights.astype(int)).max() <= 127
    assert largest_accumulator(result.weights, result.bias, 0).max() < 2**31
    multiplier, shift = quantize_multiplier(result.factor)
    assert np.all(multiplier != 0)
    real_factor = multiplier * 2.0 ** (shift - 31.0)
    # What the channel means survives: each weight, times any input, within its rounding; the bias within half a step.
    meant = weights.astype(np.float64) * SOURCE.scale / output.scale
    kept = result.weights * real_factor[:, None, None, None]
    assert np.all(np.abs(kept - meant) * 256 <= 256 * 0.51 * result.factor[:, None, None, None] + 1e-5)
    assert np.all(np.abs(result.bias * real_factor - bias / output.scale) <= 0.51 * result.factor + 0.5)
