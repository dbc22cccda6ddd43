"""Random small networks against onnxruntime, before and after the passes."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import NodeProto

from mcucompile.ir.tensors import Array
from tests.onnx_models import check, node

OPERATORS = (
    "conv",
    "depthwise",
    "pad and conv",
    "batch norm",
    "relu",
    "clip",
    "scale",
    "residual",
    "product",
    "function",
    "hard swish",
    "squeeze and excite",
    "concat",
    "pool",
    "transpose",
)


@dataclass
class Network:
    """Grows node by node; `shape` is that of the last tensor, C, H, W."""

    random: np.random.Generator
    shape: tuple[int, int, int]
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    last: str = "x"

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        self.last = f"t{len(self.nodes)}"
        self.nodes.append(node(operator, list(inputs), [self.last], **attributes))
        return self.last

    def constant(self, *shape: int, low: float = -1, high: float = 1) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = self.random.uniform(low, high, shape).astype(np.float32)
        return name


def add_convolution(network: Network, data: st.DataObject, depthwise: bool, padded_before: bool) -> None:
    channels, height, width = network.shape
    kernel = [data.draw(st.integers(1, min(3, size))) for size in (height, width)]
    strides = [data.draw(st.integers(1, 2)) for _ in range(2)]
    pads = [data.draw(st.integers(0, 2)) for _ in range(4)]
    outputs = channels * data.draw(st.integers(1, 2)) if depthwise else data.draw(st.integers(1, 5))
    source = network.last
    if padded_before:
        source = network.add("Pad", source, pads=[0, 0, *pads[:2], 0, 0, *pads[2:]])
    weights = network.constant(outputs, 1 if depthwise else channels, *kernel)
    network.add(
        "Conv",
        source,
        weights,
        network.constant(outputs),
        strides=strides,
        pads=[0, 0, 0, 0] if padded_before else pads,
        group=channels if depthwise else 1,
    )
    sizes = (height + pads[0] + pads[2], width + pads[1] + pads[3])
    height, width = ((size - k) // s + 1 for size, k, s in zip(sizes, kernel, strides, strict=True))
    network.shape = (outputs, height, width)


def add_pool(network: Network, data: st.DataObject) -> None:
    channels, height, width = network.shape
    kernel = [data.draw(st.integers(1, min(3, size))) for size in (height, width)]
    pads = [data.draw(st.integers(0, k - 1)) for k in (*kernel, *kernel)]
    strides = [data.draw(st.integers(1, 2)) for _ in range(2)]
    kind = data.draw(st.sampled_from(["AveragePool", "MaxPool"]))
    network.add(kind, network.last, kernel_shape=kernel, pads=pads, strides=strides)
    sizes = (height + pads[0] + pads[2], width + pads[1] + pads[3])
    height, width = ((size - k) // s + 1 for size, k, s in zip(sizes, kernel, strides, strict=True))
    network.shape = (channels, height, width)


def add_hard_swish(network: Network, data: st.DataObject) -> None:
    """x, min(max(x + 3, 0), 6) and 1/6 multiplied in any order."""
    x = network.last
    raised = network.add("Add", *data.draw(st.permutations([x, network.constant(1, low=3, high=3)])))
    gate = network.add("Clip", raised, min=0.0, max=6.0)
    sixth = network.constant(1, low=1 / 6, high=1 / 6)
    factors = data.draw(st.permutations([x, gate, sixth]))
    product = network.add("Mul", *factors[:2])
    network.add("Mul", *data.draw(st.permutations([product, factors[2]])))


def add_operator(network: Network, data: st.DataObject, operator: str) -> None:
    last, (channels, _, _) = network.last, network.shape
    match operator:
        case "conv" | "depthwise" | "pad and conv":
            add_convolution(network, data, operator == "depthwise", operator == "pad and conv")
        case "batch norm":
            constants = [network.constant(channels) for _ in range(3)]
            network.add("BatchNormalization", last, *constants, network.constant(channels, low=0.2, high=2))
        case "relu":
            network.add("Relu", last)
        case "clip":
            low, high = data.draw(st.sampled_from([-0.5, 0.0])), data.draw(st.sampled_from([0.0, 0.25, 1.0]))
            network.add("Clip", last, min=low, max=high)
        case "scale":
            kind = data.draw(st.sampled_from(["Add", "Sub", "Mul", "Div"]))
            network.add(kind, last, network.constant(1, channels, 1, 1, low=0.5, high=1.5))
        case "residual":
            branch = network.add(data.draw(st.sampled_from(["Relu", "Identity"])), last)
            network.add("Add", last, branch)
        case "product":
            network.add("Mul", last, network.add(data.draw(st.sampled_from(["Relu", "Sigmoid", "HardSigmoid"])), last))
        case "function":
            kind = data.draw(st.sampled_from(["Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid"]))
            network.add(kind, last)
        case "hard swish":
            add_hard_swish(network, data)
        case "squeeze and excite":
            squeezed = network.add("GlobalAveragePool", last)
            scores = network.add("Conv", squeezed, network.constant(channels, channels, 1, 1))
            gate = network.add(data.draw(st.sampled_from(["Sigmoid", "HardSigmoid", "Relu"])), scores)
            network.add("Mul", *data.draw(st.permutations([last, gate])))
        case "concat":
            branch = network.add(data.draw(st.sampled_from(["Relu", "Sigmoid"])), last)
            inputs = data.draw(st.permutations([last, branch, branch][: data.draw(st.integers(2, 3))]))
            network.add("Concat", *inputs, axis=1)
            network.shape = (channels * len(inputs), *network.shape[1:])
        case "pool":
            add_pool(network, data)
        case "transpose":
            there = network.add("Transpose", last, perm=[0, 2, 3, 1])
            network.add("Transpose", there, perm=[0, 3, 1, 2])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_graph(data: st.DataObject, tmp_path: Path) -> None:
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 7), st.integers(1, 7)))
    network = Network(np.random.default_rng(data.draw(st.integers(0, 1000))), shape)
    for operator in data.draw(st.lists(st.sampled_from(OPERATORS), min_size=1, max_size=7)):
        add_operator(network, data, operator)
    network.nodes.append(node("Identity", [network.last], ["y"]))
    check(network.nodes, network.constants, tmp_path, (1, *shape), opset=10)
