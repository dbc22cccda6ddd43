"""Collects the IR nodes that the converters make."""

from collections.abc import Sequence

from mcucompile.importer.axes import Axes
from mcucompile.importer.names import Names
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.values import Activation
from mcucompile.ir.graph import Node
from mcucompile.ir.operators import Operator
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import TensorType


class GraphBuilder:
    """The nodes so far, in execution order."""

    def __init__(self, names: Names) -> None:
        self.nodes: list[Node] = []
        self._names = names

    def add(
        self, source: OnnxNode, operator: Operator, inputs: Sequence[Activation], axes: Axes, parameters: int = 0
    ) -> Activation:
        """Append `operator`, made for the ONNX node `source`; `axes` are those of its ONNX output."""
        shape = output_shape(operator, [x.shape for x in inputs])
        name = self._names.unique(source.name)
        tensors = tuple(x.tensor for x in inputs)
        self.nodes.append(Node(name, operator, tensors, TensorType(shape), source.origin, parameters))
        return Activation(name, shape, axes)
