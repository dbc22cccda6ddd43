"""What is known about every ONNX tensor while the nodes are walked in order."""

from collections.abc import Mapping

from onnx import NodeProto

from mcucompile.importer import constants
from mcucompile.importer.attributes import Attributes
from mcucompile.importer.node import OnnxNode, node_name, operator_name
from mcucompile.importer.values import Constant, Value


class Scope:
    """Values by tensor name, at first those of the graph's inputs and initializers."""

    def __init__(self, known: Mapping[str, Value], opset: int) -> None:
        self.values = dict(known)
        self._opset = opset

    def view(self, proto: NodeProto) -> OnnxNode:
        """The node with the values of its inputs."""
        inputs = tuple(self.values[name] if name else None for name in proto.input)
        return OnnxNode(
            node_name(proto), operator_name(proto), inputs, tuple(proto.output), Attributes(proto), self._opset
        )

    def fold(self, proto: NodeProto, node: OnnxNode) -> bool:
        """If the node is known at compile time, define its outputs. Raises ViolationError."""
        results: Mapping[str, Constant] | None = constants.fold(proto, node)
        if results is not None:
            self.values.update(results)
        return results is not None

    def define(self, proto: NodeProto, value: Value) -> None:
        """Define the node's first output; the others, which no supported node uses, are unknown to all."""
        self.values[proto.output[0]] = value
