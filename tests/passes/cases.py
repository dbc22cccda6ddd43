"""Constants for the graphs of the pass tests."""

import numpy as np

from mcucompile.ir.operators import ChannelAffine
from mcucompile.ir.tensors import Array


def ramp(*shape: int) -> Array:
    """0.1, 0.2, 0.3, …: no two alike."""
    return (np.arange(1, np.prod(shape) + 1) / 10).reshape(shape).astype(np.float32)


def zeros(size: int) -> Array:
    return np.zeros(size, np.float32)


def affine(scale: list[float], offset: list[float]) -> ChannelAffine:
    return ChannelAffine(np.asarray(scale, np.float32), np.asarray(offset, np.float32))
