"""Finds the quantization of a graph input that is int8 or uint8 from the nodes that read it."""

from collections.abc import Mapping, Sequence

from onnx import NodeProto

from mcucompile.importer.constants import DEQUANTIZE_LINEAR, MOVING
from mcucompile.importer.constraints import ViolationError
from mcucompile.importer.converters.qlinear import OPERATORS
from mcucompile.importer.graph_input import GraphInput, not_float
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.quantized import activation_quantization
from mcucompile.importer.scope import Scope
from mcucompile.importer.values import Unknown, Value
from mcucompile.ir.tensors import Quantization

_READERS = DEQUANTIZE_LINEAR | {operator.name for operator in OPERATORS}


def integer_input(
    source: GraphInput, nodes: Sequence[NodeProto], stored: Mapping[str, Value], opset: int, where: str
) -> Quantization:
    """How the first operator with a scale reads the input, maybe moved; `stored` are the initializers.

    Raises UnsupportedModelError if there is none.
    """
    scope = Scope({**stored, source.name: Unknown()}, opset)
    moved = {source.name}
    for proto in nodes:
        scope.values.update(dict.fromkeys(proto.output, Unknown()))
        node = scope.view(proto)
        try:
            if scope.fold(proto, node):
                continue
            found = _quantization(node, proto, moved)
        except ViolationError:  # the conversion will come across it again, and report it
            continue
        if found is not None:
            return found
        if node.operator in MOVING and proto.input[0] in moved:
            moved.add(proto.output[0])
    raise not_float(source.name, source.element, where)


def _quantization(node: OnnxNode, proto: NodeProto, moved: set[str]) -> Quantization | None:
    if node.operator not in _READERS:
        return None
    index = next((i for i, tensor in enumerate(proto.input) if tensor in moved), None)
    return None if index is None else activation_quantization(node, index + 1, index + 2)
