"""What is known about a tensor of the ONNX graph."""

from dataclasses import dataclass

from mcucompile.importer.axes import Axes, sizes
from mcucompile.ir.tensors import Array, Quantization, Shape


@dataclass(frozen=True)
class Activation:
    """Computed from the graph's input: the IR tensor `tensor`, its ONNX axes being `axes`.

    quantization: None for real numbers; for int8 and uint8 the real numbers that they stand for. A uint8 tensor is
    told as the int8 tensor of the same numbers.
    """

    tensor: str
    shape: Shape
    axes: Axes
    quantization: Quantization | None = None

    @property
    def onnx_shape(self) -> tuple[int, ...]:
        return sizes(self.axes)

    @property
    def rank(self) -> int:
        return len(self.axes)


@dataclass(frozen=True, eq=False)
class Constant:
    """Known at compile time; `name` is its name in the ONNX file.

    steps: if the file stores integers for these real numbers, the scale of each; shaped like `array`.
    """

    name: str
    array: Array
    steps: Array | None = None


@dataclass(frozen=True)
class Unknown:
    """The result of a node that could not be converted; whoever reads it is not to blame."""


Value = Activation | Constant | Unknown
