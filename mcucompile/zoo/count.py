"""What a network costs, counted on its ONNX graph: shapes are inferred by onnx, numbers of parameters do not matter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from onnx import ModelProto, NodeProto, TensorProto, helper, shape_inference

STANDARD, DEPTHWISE, POINTWISE, DENSE = "standard", "depthwise", "1x1", "fully connected"

_PARAMETERS = {"Conv": (1, 2), "Gemm": (1, 2), "MatMul": (1,), "BatchNormalization": (1, 2)}
"""The inputs that are trained; batch normalization's mean and variance are measured, not trained."""


@dataclass(frozen=True)
class Cost:
    """For one input. macs: multiply-adds of convolutions and fully connected layers.

    parameters: weights, biases, and batch normalization's gamma and beta. macs_of, weights_of: by kind of layer, the
    weights without biases and batch normalization.
    """

    macs: int
    parameters: int
    macs_of: Mapping[str, int]
    weights_of: Mapping[str, int]

    @property
    def pointwise_macs(self) -> float:
        """The share of the multiply-adds in 1x1 convolutions."""
        return self.macs_of.get(POINTWISE, 0) / self.macs

    @property
    def pointwise_weights(self) -> float:
        """The share of the weights in 1x1 convolutions."""
        return self.weights_of.get(POINTWISE, 0) / sum(self.weights_of.values())


def count(model: ModelProto) -> Cost:
    """The cost of `model`, whose input may have a symbolic batch."""
    shapes = _shapes(model)
    constants = {tensor.name for tensor in model.graph.initializer}
    macs: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    trained: dict[str, int] = {}
    for node in model.graph.node:
        names = [node.input[i] for i in _PARAMETERS.get(node.op_type, ()) if i < len(node.input)]
        trained |= {name: prod(shapes[name]) for name in names if name in constants}
        if node.op_type in ("Conv", "Gemm", "MatMul"):
            kind = _kind(node, shapes)
            macs[kind] += _macs(node, shapes)
            weights[kind] += prod(shapes[node.input[1]])
    return Cost(macs.total(), sum(trained.values()), dict(macs), dict(weights))


def _shapes(model: ModelProto) -> dict[str, tuple[int, ...]]:
    """Of every tensor, with 1 for an axis without a number. The parameters' numbers, which may be many, stay behind."""
    bare = ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    bare.graph.name = model.graph.name
    bare.graph.node.extend(model.graph.node)
    bare.graph.input.extend(model.graph.input)
    bare.graph.output.extend(model.graph.output)
    bare.graph.initializer.extend(
        TensorProto(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type)
        for tensor in model.graph.initializer
    )
    graph = shape_inference.infer_shapes(bare, strict_mode=True).graph
    values = (*graph.input, *graph.value_info, *graph.output)
    shapes = {value.name: tuple(axis.dim_value or 1 for axis in value.type.tensor_type.shape.dim) for value in values}
    return shapes | {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}


def _macs(node: NodeProto, shapes: Mapping[str, tuple[int, ...]]) -> int:
    weights, out = shapes[node.input[1]], shapes[node.output[0]]
    match node.op_type:
        case "Conv":
            return prod(out[1:]) * prod(weights[1:])
        case "Gemm":
            return prod(weights)
        case _:
            return prod(out[1:]) * weights[-2]


def _kind(node: NodeProto, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Grouped convolutions whose groups have more than one input channel are standard ones."""
    if node.op_type != "Conv":
        return DENSE
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    if attributes.get("group", 1) == shapes[node.input[0]][1] > 1:
        return DEPTHWISE
    return POINTWISE if prod(shapes[node.input[1]][2:]) == 1 else STANDARD
