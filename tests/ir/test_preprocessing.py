"""Camera bytes to network inputs, and to int8."""

import numpy as np

from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.tensors import Quantization


def test_limits_are_those_of_the_pixels() -> None:
    assert Preprocessing().limits() == (0.0, 1.0)
    assert Preprocessing((128.0,), (0.5,)).limits() == (-64.0, 63.5)


def test_limits_hold_for_every_channel_even_where_the_scale_is_negative() -> None:
    assert Preprocessing((0.0, 255.0), (1.0,)).limits() == (-255.0, 255.0)
    assert Preprocessing((0.0,), (-1.0, 2.0)).limits() == (-255.0, 510.0)


def test_table_is_what_quantizing_the_pixels_gives() -> None:
    quantization = Quantization(0.02, -5)
    for preprocessing in (Preprocessing(), Preprocessing((10.0, 20.0, 30.0), (0.01,))):
        table = preprocessing.table(quantization)
        pixels = np.arange(256, dtype=np.uint8)
        rows = pixels if table.ndim == 1 else np.repeat(pixels[:, None], 3, axis=1)
        np.testing.assert_array_equal(table, quantization.quantize(preprocessing.apply(rows)))
