"""Collects the IR nodes that the converters make."""

from collections.abc import Sequence
from dataclasses import replace

from mcucompile.importer.axes import Axes
from mcucompile.importer.names import Names
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.values import Activation
from mcucompile.ir.graph import ChannelStatistics, Node
from mcucompile.ir.operators import Clip, Operator
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Quantization, TensorType


class GraphBuilder:
    """The nodes so far, in execution order."""

    def __init__(self, names: Names) -> None:
        self.nodes: list[Node] = []
        self._names = names

    def add(
        self,
        source: OnnxNode,
        operator: Operator,
        inputs: Sequence[Activation],
        axes: Axes,
        parameters: int = 0,
        statistics: ChannelStatistics | None = None,
    ) -> Activation:
        """Append `operator`, made for the ONNX node `source`; `axes` are those of its ONNX output."""
        return self._append(source, operator, inputs, axes, parameters, None, statistics)

    def add_quantization(self, source: OnnxNode, x: Activation, given: Quantization) -> Activation:
        """Append the rounding of `x` to `given`, made for the ONNX node `source`."""
        return replace(self._append(source, Clip(), [x], x.axes, 0, given), quantization=given)

    def _append(
        self,
        source: OnnxNode,
        operator: Operator,
        inputs: Sequence[Activation],
        axes: Axes,
        parameters: int,
        given: Quantization | None,
        statistics: ChannelStatistics | None = None,
    ) -> Activation:
        shape = output_shape(operator, [x.shape for x in inputs])
        name = self._names.unique(source.name)
        tensors = tuple(x.tensor for x in inputs)
        type_ = TensorType(shape, given=given)
        self.nodes.append(Node(name, operator, tensors, type_, source.origin, parameters, statistics))
        return Activation(name, shape, axes)
