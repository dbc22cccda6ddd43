"""Evaluates nodes whose inputs are all known at compile time."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from mcucompile.importer.constraints import FOLDABLE, ViolationError
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.quantized import real_operand
from mcucompile.importer.values import Activation, Constant
from mcucompile.ir.tensors import Array

NOT_FOLDED = frozenset(
    {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
)
MOVING = frozenset({"Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})
"""Operators that move numbers without changing them: the scales of quantized ones move along."""
DEQUANTIZE_LINEAR = frozenset({"DequantizeLinear", "com.microsoft.DequantizeLinear"})
IR_VERSION = 8


def fold(proto: NodeProto, node: OnnxNode) -> dict[str, Constant] | None:
    """The node's outputs by name, or None if they depend on more than constants and shapes.

    Raises ViolationError where the outputs are constant but cannot be computed.
    """
    match node.operator, node.inputs:
        case "Shape", (Activation() as x,):
            rank = x.rank
            begin, end = node.attributes.integer("start", 0), node.attributes.integer("end", rank)
            return _named(proto, [np.asarray(x.onnx_shape[begin:end], np.int64)])
        case "Size", (Activation() as x,):
            return _named(proto, [np.asarray(np.prod(x.onnx_shape), np.int64)])
        case "CastLike", (Constant(array=array), Activation()):
            return _named(proto, [array.astype(np.float32)])
        case "Constant", () if "value" in node.attributes:
            value = node.attributes.tensor("value")
            return None if value is None else _named(proto, [value])
    constants = {value.name: value.array for value in node.inputs if isinstance(value, Constant)}
    known = all(value is None or isinstance(value, Constant) for value in node.inputs)
    has_graphs = any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for a in proto.attribute)
    if not known or has_graphs or node.operator in NOT_FOLDED or (not node.inputs and node.operator != "Constant"):
        return None
    if node.operator in DEQUANTIZE_LINEAR:
        real = real_operand(node, 0, node.attributes.integer("axis", 1))
        name = node.outputs[0]
        return {name: replace(real, name=name)} if isinstance(real, Constant) else None
    results = _named(proto, _evaluate(proto, node, constants))
    source = node.inputs[0] if node.inputs else None
    if node.operator in MOVING and isinstance(source, Constant) and source.steps is not None:
        (steps,) = _evaluate(proto, node, constants | {source.name: source.steps.astype(np.float32)})
        results = {name: replace(result, steps=steps) for name, result in results.items()}
    return results


def _named(proto: NodeProto, arrays: list[Array]) -> dict[str, Constant]:
    return {name: Constant(name, array) for name, array in zip(proto.output, arrays, strict=False) if name}


def _evaluate(proto: NodeProto, node: OnnxNode, constants: Mapping[str, Array]) -> list[Array]:
    try:
        model = _model(proto, node.opset, constants)
        results = ReferenceEvaluator(model).run(None, dict(constants))
    except Exception as error:  # the evaluator raises whatever its operators raise, NotImplementedError to TypeError
        found = f"a constant that cannot be computed: {type(error).__name__}"
        raise ViolationError(FOLDABLE, found) from error
    return [np.asarray(result) for result in results]


def _model(proto: NodeProto, opset: int, constants: Mapping[str, Array]) -> ModelProto:
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in constants.items()
    ]
    outputs = [onnx.ValueInfoProto(name=name) for name in proto.output if name]
    domains = {proto.domain: 1} | {"": opset}
    imports = [helper.make_opsetid(domain, version) for domain, version in domains.items()]
    graph = helper.make_graph([proto], "constant", inputs, outputs)
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION)


def initializers(model: ModelProto) -> dict[str, Constant]:
    """The stored constants by name."""
    return {tensor.name: Constant(tensor.name, numpy_helper.to_array(tensor)) for tensor in model.graph.initializer}
