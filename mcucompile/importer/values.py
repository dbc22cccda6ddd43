"""What is known about a tensor of the ONNX graph."""

from dataclasses import dataclass

from mcucompile.importer.axes import Axes, sizes
from mcucompile.ir.tensors import Array, Shape


@dataclass(frozen=True)
class Activation:
    """Computed from the graph's input: the IR tensor `tensor`, its ONNX axes being `axes`."""

    tensor: str
    shape: Shape
    axes: Axes

    @property
    def onnx_shape(self) -> tuple[int, ...]:
        return sizes(self.axes)

    @property
    def rank(self) -> int:
        return len(self.axes)


@dataclass(frozen=True, eq=False)
class Constant:
    """Known at compile time; `name` is its name in the ONNX file."""

    name: str
    array: Array


@dataclass(frozen=True)
class Unknown:
    """The result of a node that could not be converted; whoever reads it is not to blame."""


Value = Activation | Constant | Unknown
