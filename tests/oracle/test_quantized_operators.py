"""onnxruntime's operators on integers (QOperator form): what they become; onnxruntime agrees within a step."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto

from mcucompile.ir.operators import Concat, Conv2D, Lookup
from tests.onnx_models import node
from tests.oracle.quantized_models import RANDOM, WEIGHTS, agreed, dq, operators, q

INPUT = q("x", "xq", "sx", "zx")


def micro(name: str, inputs: str, output: str, **attributes: Any) -> NodeProto:
    return node(name, inputs.split(), [output], domain="com.microsoft", **attributes)


def conv(output: str, scale: str = "sy") -> NodeProto:
    return node("QLinearConv", f"xq sx zx w sw zw {scale} zy".split(), [output], strides=[2, 2])


def test_a_network(tmp_path: Path) -> None:
    nodes = [
        INPUT,
        node("QLinearConv", ["xq", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], ["c"]),
        micro("QLinearAveragePool", "c sy zy sy zy", "p", kernel_shape=[2, 2], strides=[2, 2]),
        conv("d", "fine"),
        micro("QLinearAdd", "p sy zy d fine zy coarse zy", "a"),
        micro("QLinearGlobalAveragePool", "a coarse zy fine zy", "g", channels_last=0),
        micro("QLinearMul", "g fine zy a coarse zy coarse zy", "h"),
        micro("QLinearGlobalAveragePool", "h coarse zy fine zy", "i", channels_last=0),
        node("Flatten", ["i"], ["f"]),
        node("QLinearMatMul", ["f", "fine", "zy", "m", "sm", "zm", "fine", "zy"], ["e"]),
        micro("QGemm", "e fine zy n sm zm nb coarse zy", "o", transB=1),
        micro("QLinearSoftmax", "o coarse zy s256 zr", "s", axis=1, opset=13),
        dq("s", "y", "s256", "zr"),
    ]
    constants = {
        "b": RANDOM.integers(-9000, 9000, 4).astype(np.int32),
        "m": RANDOM.integers(-128, 128, (4, 4)).astype(np.int8),
        "n": RANDOM.integers(-128, 128, (4, 4)).astype(np.int8),
        "nb": RANDOM.integers(-9000, 9000, 4).astype(np.int32),
        "sm": np.float32(0.004),
        "zm": np.int8(0),
        "s256": np.float32(1 / 256),
    }
    graph = agreed(nodes, tmp_path, constants)
    convolutions = "conv2d average_pool conv2d add mean mul mean"
    assert [node.operator.mnemonic for node in graph] == [
        *convolutions.split(),
        *("fully_connected", "fully_connected", "softmax"),
    ]


@pytest.mark.parametrize(("name", "attributes"), [("Sigmoid", {}), ("LeakyRelu", {"alpha": 0.2})])
def test_functions(name: str, attributes: dict[str, float], tmp_path: Path) -> None:
    function = micro(f"QLinear{name}", "c sy zy fine zy", "r", **attributes)
    graph = agreed([INPUT, conv("c"), function, dq("r", "y", "fine")], tmp_path)
    assert operators(graph) == [Conv2D, Lookup]


def test_concat_of_different_scales(tmp_path: Path) -> None:
    joined = micro("QLinearConcat", "coarse zy c sy zy d fine zy", "j", axis=1)
    graph = agreed([INPUT, conv("c"), conv("d", "fine"), joined, dq("j", "y", "coarse")], tmp_path)
    assert operators(graph) == [Conv2D, Conv2D, Lookup, Lookup, Concat]


@pytest.mark.parametrize("kind", [np.int8, np.uint8])
def test_padding_of_integers_is_the_zero_point(kind: type[np.integer], tmp_path: Path) -> None:
    zero = {np.int8: -128, np.uint8: 0}[kind]
    pads = {"pads": np.array([0, 0, 1, 0, 0, 0, 1, 2], np.int64), "zx": np.array(zero, kind), "v": np.array(zero, kind)}
    layer = node("QLinearConv", ["p", "sx", "zx", "w", "sw", "zw", "sy", "zo"], ["c"])
    outputs = {"zo": np.array(zero + 132, kind), "w": WEIGHTS["w"].clip(-60, 60), "sw": WEIGHTS["sw"]}
    nodes = [INPUT, node("Pad", ["xq", "pads", "v"], ["p"]), layer, dq("c", "y", "sy", "zo")]
    graph = agreed(nodes, tmp_path, pads | outputs)
    assert operators(graph) == [Conv2D]
    assert graph.nodes[0].operator.window.padding == (1, 1, 0, 2)


def test_max_pool_of_integers(tmp_path: Path) -> None:
    pool = node("MaxPool", ["c"], ["p"], kernel_shape=[2, 2])
    graph = agreed([INPUT, conv("c"), pool, dq("p", "y")], tmp_path)
    assert [node.operator.mnemonic for node in graph] == ["conv2d", "max_pool"]
