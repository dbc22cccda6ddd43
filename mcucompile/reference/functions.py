"""The functions of `ir/functions.py` on arrays of any shape, computed in double precision."""

import numpy as np

from mcucompile.ir.functions import Affine, Function, HardSigmoid, HardSwish, LeakyRelu, Sigmoid, Silu, Tanh
from mcucompile.ir.tensors import Array


def apply_function(function: Function, x: Array) -> Array:
    """The function of every element, float64."""
    x = x.astype(np.float64)
    match function:
        case Affine(scale=scale, offset=offset):
            return np.asarray(scale * x + offset)
        case HardSigmoid(alpha=alpha, beta=beta):
            return np.clip(alpha * x + beta, 0, 1)
        case HardSwish(alpha=alpha, beta=beta):
            return np.asarray(x * np.clip(alpha * x + beta, 0, 1))
        case LeakyRelu(alpha=alpha):
            return np.where(x < 0, alpha * x, x)
        case Sigmoid():
            return _sigmoid(x)
        case Silu():
            return np.asarray(x * _sigmoid(x))
        case Tanh():
            return np.asarray(np.tanh(x))
        case _:
            raise TypeError(f"{function} has no meaning")


def _sigmoid(x: Array) -> Array:
    """By the hyperbolic tangent, which does not overflow: 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2."""
    return np.asarray((1 + np.tanh(x / 2)) / 2)
