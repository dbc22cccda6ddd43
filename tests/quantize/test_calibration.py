"""Ranges from samples, and from made-up inputs."""

import numpy as np
import pytest

from mcucompile.errors import UsageError
from mcucompile.ir.operators import Clamp, Clip, DepthwiseConv2D
from mcucompile.ir.tensors import Shape
from mcucompile.quantize import calibration
from mcucompile.quantize.calibration import min_max_ranges
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.synthetic import COUNT, synthetic_inputs, synthetic_ranges
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import ONE, chain, samples, small_network


def test_min_max_spans_every_tensor_over_all_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "BATCH", 3)
    calls: list[tuple[int, int]] = []
    ranges = min_max_ranges(small_network(), samples(8), lambda done, total: calls.append((done, total)))
    tensors = evaluate_float(small_network(), samples(8))
    assert list(ranges) == list(tensors)
    for name, values in tensors.items():
        np.testing.assert_allclose(ranges[name], (values.min(), values.max()), rtol=1e-5, atol=1e-6)
    assert calls == [(3, 8), (6, 8), (8, 8)]


def test_a_tensor_that_overflows_is_named() -> None:
    huge = DepthwiseConv2D(ONE, np.full((1, 1, 1), 1e38, np.float32), np.zeros(1, np.float32))
    graph = chain(Shape(1, 1, 1), ("huge", huge, ("x",)))
    with pytest.raises(UsageError) as caught, np.errstate(over="ignore"):
        min_max_ranges(graph, np.full((1, 1, 1, 1), 100, np.float32))
    assert str(caught.value) == (
        "error: net, calibration, tensor %huge\n"
        "  found    values in [inf, inf]\n"
        "  allowed  finite values\n"
        "  do       check that the calibration inputs are scaled as in training (--mean, --scale)"
    )


@pytest.mark.parametrize("shape", [Shape(96, 96, 3), Shape(49, 10, 1), Shape(1, 1, 7), Shape(1, 1, 1)])
def test_synthetic_inputs_fill_the_range_and_repeat(shape: Shape) -> None:
    x = synthetic_inputs(shape, Range(-2, 3))
    assert x.shape == (COUNT, *shape)
    assert x.dtype == np.float32
    assert x.min() >= -2
    assert x.max() <= 3
    if shape.elements > 100:
        assert np.ptp(x) > 4.9
    np.testing.assert_array_equal(x, synthetic_inputs(shape, Range(-2, 3)))


def test_synthetic_pictures_are_smoother_than_noise() -> None:
    noise, pictures = np.split(synthetic_inputs(Shape(64, 64, 3), Range(0, 1)), 2)
    roughness = [np.abs(np.diff(x, axis=2)).mean() / x.std() for x in (noise, pictures)]
    assert roughness[1] < roughness[0] / 3


def test_synthetic_ranges_trust_clamps_and_the_input_range() -> None:
    ranges = synthetic_ranges(small_network(), Range(-1, 2))
    assert ranges["x"] == (-1, 2)
    assert ranges["stem"] == (0, 6)
    assert ranges["clip"] == (-1, 2)
    assert ranges["depthwise"].low == 0
    assert 0 < ranges["depthwise"].high < np.inf


def test_a_one_sided_clamp_is_not_a_range() -> None:
    graph = chain(Shape(2, 2, 1), ("y", Clip(Clamp(0, np.inf)), ("x",)))
    assert synthetic_ranges(graph, Range(-1, 1))["y"].high <= 1


def test_the_synthetic_range_of_the_input_is_the_given_one_exactly() -> None:
    graph = chain(Shape(1, 1, 1), ("y", Clip(Clamp(0, np.inf)), ("x",)))
    assert synthetic_ranges(graph, Range(-1, 1))["x"] == (-1, 1)
