"""Graph: the network as a list of nodes in execution order, each defining one tensor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from mcucompile.ir.operators import Operator
from mcucompile.ir.tensors import Array, ArrayFields, TensorType


@dataclass(frozen=True, eq=False)
class ChannelStatistics(ArrayFields):
    """How the values of each channel are spread: mean and standard deviation, float64 [C]."""

    mean: Array
    deviation: Array

    def scaled(self, scale: Array, offset: Array) -> "ChannelStatistics":
        """Those of x · scale + offset."""
        return ChannelStatistics(self.mean * scale + offset, self.deviation * np.abs(scale))


@dataclass(frozen=True)
class Node:
    """`name` is the node's and its tensor's name.

    origin: the ONNX node it came from, "name (Operator)". parameters: the trained numbers it stands for as the file
    had them: weights, biases, batch normalization's gamma and beta; passes that fuse nodes add them up.
    statistics: float graph only, of the result before the operator's clamp, if batch normalization tells them.
    """

    name: str
    operator: Operator
    inputs: tuple[str, ...]
    type: TensorType
    origin: str = ""
    parameters: int = 0
    statistics: ChannelStatistics | None = None


@dataclass(frozen=True)
class Interface:
    """How the ONNX file spells the graph's input or output, for data that comes in that layout.

    axes: IR axes in ONNX order, such as "NHWC", "NCHW" or "NC". An ONNX axis that is a flattened image has several
    letters: "NHW" may be of rank 3 or 2.
    """

    name: str
    axes: str


@dataclass(frozen=True)
class Graph:
    """One input, one output, nodes in topological order.

    `origin_input` and `origin_output` keep the names and layout that the ONNX file gave them.
    """

    name: str
    input: str
    input_type: TensorType
    nodes: tuple[Node, ...]
    output: str
    origin_input: Interface = field(default=Interface("input", "NHWC"))
    origin_output: Interface = field(default=Interface("output", "NHWC"))

    @cached_property
    def types(self) -> Mapping[str, TensorType]:
        """The type of every tensor, the input first, in order of definition."""
        return {self.input: self.input_type} | {node.name: node.type for node in self.nodes}

    @cached_property
    def consumers(self) -> dict[str, tuple[Node, ...]]:
        """For every tensor, the nodes that read it, in execution order."""
        readers: dict[str, list[Node]] = {name: [] for name in self.types}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                readers[name].append(node)
        return {name: tuple(nodes) for name, nodes in readers.items()}

    @cached_property
    def by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def is_given(self) -> bool:
        """True for the float graph of a quantized ONNX file, whose activations have given quantizations."""
        return any(tensor.given is not None for tensor in self.types.values())

    @property
    def output_type(self) -> TensorType:
        return self.types[self.output]

    def input_types(self, node: Node) -> tuple[TensorType, ...]:
        return tuple(self.types[name] for name in node.inputs)

    def with_nodes(self, nodes: Sequence[Node], output: str | None = None) -> "Graph":
        """The same graph around other nodes (and another output tensor, if given)."""
        return replace(self, nodes=tuple(nodes), output=self.output if output is None else output)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)
