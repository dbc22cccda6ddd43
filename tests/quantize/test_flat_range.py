"""Ranges that end where the function behind them is flat, and those that must stay."""

import numpy as np
import pytest

from mcucompile.ir.functions import HardSigmoid, HardSwish, Sigmoid
from mcucompile.ir.operators import Add, Elementwise
from mcucompile.ir.tensors import Shape
from mcucompile.quantize.flat_range import GRID, narrow_flat_ends
from mcucompile.quantize.ranges import Range
from tests.float_network import chain
from tests.quantize.test_score_range import IDENTITY

FUNCTIONS = [(HardSwish(), Range(-3, 10)), (HardSigmoid(1 / 6, 0.5), Range(-3, 3)), (Sigmoid(), Range(-9, 10))]


@pytest.mark.parametrize(("function", "expected"), FUNCTIONS)
def test_hard_functions_limit_what_they_read(function: HardSwish, expected: Range) -> None:
    graph = chain(Shape(1, 1, 3), ("y", IDENTITY, ("x",)), ("f", Elementwise(function), ("y",)))
    found = narrow_flat_ends(graph, dict.fromkeys(graph.types, Range(-9, 10)))
    np.testing.assert_allclose(found["y"], expected, atol=19 / GRID)
    assert found["x"] == found["f"] == Range(-9, 10)


def test_a_tensor_with_another_reader_and_a_wholly_flat_one_stay() -> None:
    graph = chain(
        Shape(1, 1, 3),
        ("y", IDENTITY, ("x",)),
        ("f", Elementwise(HardSwish()), ("y",)),
        ("sum", Add(), ("f", "y")),
    )
    ranges = dict.fromkeys(graph.types, Range(-9, 10))
    assert narrow_flat_ends(graph, ranges) == ranges
    alone = chain(Shape(1, 1, 3), ("y", IDENTITY, ("x",)), ("f", Elementwise(HardSwish()), ("y",)))
    flat = dict.fromkeys(alone.types, Range(-9, -5))
    assert narrow_flat_ends(alone, flat)["y"].low >= -3.02
    assert narrow_flat_ends(alone, dict.fromkeys(alone.types, Range(0, 0)))["y"] == Range(0, 0)
