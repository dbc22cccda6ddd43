"""Functions of one number, which `Elementwise` applies to every element; `reference/functions.py` computes them."""

from dataclasses import dataclass, fields
from typing import ClassVar

from mcucompile.ir.tensors import Quantization


@dataclass(frozen=True)
class Function:
    """Base of all functions.

    low, high: between which numbers every result lies. output: the quantization of an int8 result, where that follows
    from these limits; None where it needs the range that the data have.
    """

    name: ClassVar[str]
    low: ClassVar[float] = -float("inf")
    high: ClassVar[float] = float("inf")
    output: ClassVar[Quantization | None] = None

    def __str__(self) -> str:
        parameters = ", ".join(f"{field.name}={getattr(self, field.name):g}" for field in fields(self))
        return f"{self.name}({parameters})" if parameters else self.name


@dataclass(frozen=True)
class Affine(Function):
    """scale · x + offset."""

    name = "affine"
    scale: float
    offset: float


@dataclass(frozen=True)
class HardSigmoid(Function):
    """min(max(alpha · x + beta, 0), 1)."""

    name = "hard_sigmoid"
    low, high = 0.0, 1.0
    output = Quantization(1 / 256, -128)
    alpha: float
    beta: float


@dataclass(frozen=True)
class HardSwish(Function):
    """x · hard_sigmoid(x). MobileNetV3 (Howard et al. 2019, section 5.2): alpha = 1/6, beta = 1/2."""

    name = "hard_swish"
    alpha: float = 1 / 6
    beta: float = 0.5


@dataclass(frozen=True)
class LeakyRelu(Function):
    """x, or alpha · x where x is negative."""

    name = "leaky_relu"
    alpha: float


@dataclass(frozen=True)
class Sigmoid(Function):
    """1 / (1 + e^-x)."""

    name = "sigmoid"
    low, high = 0.0, 1.0
    output = Quantization(1 / 256, -128)


@dataclass(frozen=True)
class Silu(Function):
    """x · sigmoid(x)."""

    name = "silu"


@dataclass(frozen=True)
class Tanh(Function):
    """(e^x - e^-x) / (e^x + e^-x)."""

    name = "tanh"
    low, high = -1.0, 1.0
    output = Quantization(1 / 128, 0)
