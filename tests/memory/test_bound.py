import numpy as np
from hypothesis import given, settings

from mcucompile.ir.program import Program, Rows
from mcucompile.ir.tensors import Shape
from mcucompile.memory.bound import Bytes, lower_bound
from mcucompile.memory.planner import whole_tensors
from tests.memory.pairs import blocks, fits
from tests.memory.programs import Make, program
from tests.memory.strategies import programs


def live(whole: Program) -> Bytes:
    return whole_tensors(whole).live


def test_bytes_by_time() -> None:
    """Columns: before the steps, three steps, after them. Rows: x, a, b, sum, scratch."""
    five = Shape(1, 1, 5)
    layers = [
        Make("a", ["x"], five),
        Make("b", ["a"], Shape(1, 1, 3), scratch_bytes=10),
        Make("sum", ["a", "b"], five, (0,)),
    ]
    whole = program(Shape(1, 1, 9), *layers)
    expected = [[12, 12, 0, 0, 0], [0, 8, 8, 8, 0], [0, 0, 4, 4, 0], [0, 0, 0, 0, 8], [0, 0, 12, 0, 0]]
    np.testing.assert_array_equal(live(whole), expected)
    assert lower_bound(live(whole), 4) == 24


def test_parts_of_tensors_are_not_rounded_up() -> None:
    """Three of x's four rows of 3 bytes are read, so that the output of 3 bytes may lie upon the last."""
    whole = program(Shape(4, 1, 3), Make("a", ["x"], Shape(1, 1, 3), reads=(Rows(0, 3),)))
    np.testing.assert_array_equal(live(whole), [[12, 9, 0], [0, 3, 4]])
    assert lower_bound(live(whole), 4) == 12


@given(programs(max_layers=6, reach=6, alignments=(16,)))
@settings(max_examples=40, deadline=None)
def test_nothing_fits_below_the_bound(whole: Program) -> None:
    bound = lower_bound(live(whole), whole.alignment)
    assert bound >= max(block.size for block in blocks(whole))
    assert not fits(whole, bound - whole.alignment)
