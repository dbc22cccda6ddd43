"""Writes an ONNX graph node by node: NCHW, symbolic batch, parameters as shapes without numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

from mcucompile.zoo.window import SAME, Pads, Pair, Window, pair

OPSET = 17
IR_VERSION = 8
EPSILON = 1e-3
"""Of batch normalization, as in TF-Slim and Keras."""


class Activation(Enum):
    """The functions between layers; the value is what the node's name ends in."""

    RELU = "relu"
    RELU6 = "relu6"
    HARD_SWISH = "hard_swish"
    HARD_SIGMOID = "hard_sigmoid"


@dataclass(frozen=True)
class Tensor:
    """A tensor [N, channels, height, width] of the graph; a vector has height and width 1."""

    name: str
    channels: int
    height: int
    width: int


@dataclass
class Builder:
    """Every method adds one node, called `name` like the tensor it defines."""

    name: str
    nodes: list[NodeProto] = field(default_factory=list)
    parameters: dict[str, TensorProto] = field(default_factory=dict)

    def conv(
        self,
        x: Tensor,
        name: str,
        filters: int,
        kernel: Pair = 1,
        stride: Pair = 1,
        groups: int = 1,
        pads: Pads = SAME,
        bias: bool = False,
    ) -> Tensor:
        """Cross-correlation; depthwise where groups == x.channels."""
        inputs = [x.name, self._parameter(f"{name}.weight", filters, x.channels // groups, *pair(kernel))]
        if bias:
            inputs.append(self._parameter(f"{name}.bias", filters))
        window = Window.over(x.height, x.width, kernel, stride, pads)
        height, width = window.rows.output(x.height), window.cols.output(x.width)
        self._node("Conv", name, inputs, group=groups, **window.attributes())
        return Tensor(name, filters, height, width)

    def batch_norm(self, x: Tensor) -> Tensor:
        """In inference mode, after the layer that defines x."""
        name = f"{x.name}_bn"
        parameters = [self._parameter(f"{name}.{part}", x.channels) for part in ("gamma", "beta", "mean", "variance")]
        return self._same_shape("BatchNormalization", name, [x], parameters, epsilon=EPSILON)

    def activation(self, x: Tensor, kind: Activation) -> Tensor:
        """relu6(x) = min(max(x, 0), 6), hard_sigmoid(x) = relu6(x + 3) / 6, hard_swish(x) = x · hard_sigmoid(x)."""
        name = f"{x.name}_{kind.value}"
        match kind:
            case Activation.RELU:
                return self._same_shape("Relu", name, [x])
            case Activation.RELU6:
                return self._same_shape("Clip", name, [x], [self._constant("zero", 0.0), self._constant("six", 6.0)])
            case Activation.HARD_SWISH:
                return self._same_shape("HardSwish", name, [x])
            case Activation.HARD_SIGMOID:
                return self._same_shape("HardSigmoid", name, [x], alpha=1 / 6, beta=0.5)

    def softmax(self, x: Tensor, name: str) -> Tensor:
        """Over the channels."""
        return self._same_shape("Softmax", name, [x], axis=1)

    def add(self, a: Tensor, b: Tensor, name: str) -> Tensor:
        """Of two tensors of one shape."""
        return self._same_shape("Add", name, [a, b])

    def mul(self, x: Tensor, gate: Tensor, name: str) -> Tensor:
        """Each channel of x times its number in `gate`."""
        return self._same_shape("Mul", name, [x, gate])

    def local_response_norm(self, x: Tensor, name: str) -> Tensor:
        """Krizhevsky et al. 2012, section 3.3, with the constants that Caffe's networks have."""
        return self._same_shape("LRN", name, [x], size=5, alpha=1e-4, beta=0.75, bias=1.0)

    def max_pool(
        self, x: Tensor, name: str, kernel: int, stride: int, padding: int = 0, ceil_mode: bool = False
    ) -> Tensor:
        """ceil_mode: a last window that sticks out counts."""
        window = Window.over(x.height, x.width, kernel, stride, padding)
        height, width = window.rows.output(x.height, ceil_mode), window.cols.output(x.width, ceil_mode)
        self._node("MaxPool", name, [x.name], ceil_mode=int(ceil_mode), **window.attributes())
        return Tensor(name, x.channels, height, width)

    def global_average_pool(self, x: Tensor, name: str) -> Tensor:
        """The mean over height and width."""
        self._node("GlobalAveragePool", name, [x.name])
        return Tensor(name, x.channels, 1, 1)

    def concat(self, parts: Sequence[Tensor], name: str) -> Tensor:
        """Along the channels."""
        self._node("Concat", name, [part.name for part in parts], axis=1)
        return replace(parts[0], name=name, channels=sum(part.channels for part in parts))

    def flatten(self, x: Tensor, name: str) -> Tensor:
        """[N, channels · height · width]."""
        self._node("Flatten", name, [x.name], axis=1)
        return Tensor(name, x.channels * x.height * x.width, 1, 1)

    def dense(self, x: Tensor, name: str, units: int) -> Tensor:
        """Fully connected, with bias, of a flattened tensor."""
        parameters = [self._parameter(f"{name}.weight", units, x.channels), self._parameter(f"{name}.bias", units)]
        self._node("Gemm", name, [x.name, *parameters], transB=1)
        return Tensor(name, units, 1, 1)

    def model(self, source: Tensor, result: Tensor) -> ModelProto:
        """The network from `source` to `result`, which is [N, channels]."""
        image: list[str | int | None] = ["N", source.channels, source.height, source.width]
        graph: GraphProto = helper.make_graph(
            self.nodes,
            self.name,
            [helper.make_tensor_value_info(source.name, TensorProto.FLOAT, image)],
            [helper.make_tensor_value_info(result.name, TensorProto.FLOAT, ["N", result.channels])],
            list(self.parameters.values()),
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model: ModelProto = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="mcucompile"
        )
        return model

    def _node(self, operator: str, name: str, inputs: Sequence[str], **attributes: Any) -> None:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))

    def _same_shape(
        self, operator: str, name: str, operands: Sequence[Tensor], parameters: Sequence[str] = (), **attributes: Any
    ) -> Tensor:
        self._node(operator, name, [*(x.name for x in operands), *parameters], **attributes)
        return replace(operands[0], name=name)

    def _parameter(self, name: str, *shape: int) -> str:
        self.parameters[name] = TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT)
        return name

    def _constant(self, name: str, value: float) -> str:
        self.parameters[name] = helper.make_tensor(name, TensorProto.FLOAT, [], [value])
        return name
