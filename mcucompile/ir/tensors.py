"""Shapes, element types and quantization of tensors.

An activation is H rows of W·C elements (NHWC with N = 1, which is not written). Constants are NumPy arrays,
kept read-only and compared by content.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Shape(NamedTuple):
    """Height, width and channels of an activation; a vector of K features is 1x1xK."""

    h: int
    w: int
    c: int

    @property
    def elements(self) -> int:
        return self.h * self.w * self.c

    @property
    def row_elements(self) -> int:
        return self.w * self.c

    @property
    def classes(self) -> int:
        """Of how many classes these are the scores: of none if there is one number, or a map of them."""
        return self.c if self.elements == self.c > 1 else 0

    def __str__(self) -> str:
        return f"{self.h}x{self.w}x{self.c}"


@dataclass(frozen=True)
class Quantization:
    """real = scale · (q - zero_point), q an int8 in [-128, 127]; per tensor."""

    scale: float
    zero_point: int

    @property
    def low(self) -> float:
        """The smallest real number that it can say."""
        return (-128 - self.zero_point) * self.scale

    @property
    def high(self) -> float:
        """The largest real number that it can say."""
        return (127 - self.zero_point) * self.scale

    def quantize(self, real: Array) -> Array:
        """Nearest int8 (ties to even), saturated; any shape."""
        q = np.rint(np.asarray(real, np.float64) / self.scale) + self.zero_point
        result: Array = np.clip(q, -128, 127).astype(np.int8)
        return result

    def dequantize(self, q: Array) -> Array:
        """The float32 values that int8 `q` stands for; any shape."""
        return ((q.astype(np.float64) - self.zero_point) * self.scale).astype(np.float32)

    def __str__(self) -> str:
        return f"scale={self.scale:.6g} zero_point={self.zero_point}"


@dataclass(frozen=True)
class TensorType:
    """An activation: float32 while `quantization` is None, int8 afterwards.

    given: of a float tensor, the quantization that a quantized ONNX file fixes for it: its values are rounded to it.
    """

    shape: Shape
    quantization: Quantization | None = None
    given: Quantization | None = None

    @property
    def is_quantized(self) -> bool:
        return self.quantization is not None

    @property
    def bytes(self) -> int:
        """Size in memory: one byte an element for int8, four for float32."""
        return self.shape.elements * (1 if self.is_quantized else 4)

    @property
    def row_bytes(self) -> int:
        return self.shape.row_elements * (1 if self.is_quantized else 4)

    def quantized(self) -> Quantization:
        """The quantization of a tensor that is known to have one."""
        assert self.quantization is not None
        return self.quantization

    def __str__(self) -> str:
        if self.is_quantized:
            return f"{self.shape} s8 {self.quantization}"
        return f"{self.shape} f32" if self.given is None else f"{self.shape} f32 given {self.given}"


def frozen_array(array: Array) -> Array:
    """A read-only, C-contiguous array with the content of `array` (itself, if it is that already)."""
    result: Array = np.ascontiguousarray(array)
    if result.flags.writeable:
        result = result.copy() if result is array or result.base is not None else result
        result.flags.writeable = False
    return result


class ArrayFields:
    """Mixin for frozen dataclasses that hold arrays: arrays become read-only, equality and hash go by content."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                object.__setattr__(self, name, frozen_array(value))

    def _content(self) -> tuple[Any, ...]:
        return tuple(
            (v.dtype.str, v.shape, v.tobytes()) if isinstance(v, np.ndarray) else v for v in vars(self).values()
        )

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, ArrayFields) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._content()))
