"""HardSigmoid, HardSwish, LeakyRelu, Sigmoid and Tanh -> elementwise."""

from collections.abc import Callable

from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.ir.functions import Function, HardSigmoid, HardSwish, LeakyRelu, Sigmoid, Tanh
from mcucompile.ir.operators import Elementwise


def hard_sigmoid(node: OnnxNode) -> Function:
    """ONNX: alpha 0.2 and beta 0.5 unless the node says otherwise."""
    return HardSigmoid(node.attributes.number("alpha", 0.2), node.attributes.number("beta", 0.5))


def leaky_relu(node: OnnxNode) -> Function:
    """ONNX: alpha 0.01 unless the node says otherwise."""
    return LeakyRelu(node.attributes.number("alpha", 0.01))


FUNCTIONS: dict[str, Callable[[OnnxNode], Function]] = {
    "HardSigmoid": hard_sigmoid,
    "HardSwish": lambda node: HardSwish(),
    "LeakyRelu": leaky_relu,
    "Sigmoid": lambda node: Sigmoid(),
    "Tanh": lambda node: Tanh(),
}


def _operator(name: str) -> OnnxOperator:
    def convert(node: OnnxNode, builder: GraphBuilder) -> Activation:
        x = node.activation()
        return builder.add(node, Elementwise(FUNCTIONS[name](node)), [x], x.axes)

    return OnnxOperator(name, "elementwise", (), convert)


OPERATORS = tuple(_operator(name) for name in FUNCTIONS)
