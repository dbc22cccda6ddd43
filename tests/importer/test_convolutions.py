"""Conv, BatchNormalization and Pad against onnxruntime."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, Padding
from tests.onnx_models import check, imported, model, node, normal

CONVOLUTIONS: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "pointwise": ((4, 3, 1, 1), {}),
    "padded": ((4, 3, 3, 3), {"pads": [1, 1, 1, 1]}),
    "strided, asymmetric": ((4, 3, 3, 3), {"strides": [2, 2], "pads": [0, 0, 1, 1]}),
    "every side another": ((4, 3, 3, 2), {"strides": [1, 2], "pads": [2, 1, 0, 3]}),
    "dilated": ((4, 3, 3, 3), {"dilations": [2, 1], "pads": [2, 1, 2, 1]}),
    "kernel_shape given": ((4, 3, 5, 2), {"kernel_shape": [5, 2]}),
    "SAME_UPPER": ((4, 3, 3, 4), {"auto_pad": "SAME_UPPER", "strides": [2, 1]}),
    "SAME_LOWER": ((4, 3, 4, 3), {"auto_pad": "SAME_LOWER", "strides": [1, 2]}),
    "VALID": ((4, 3, 3, 3), {"auto_pad": "VALID", "strides": [2, 2]}),
    "depthwise": ((3, 1, 3, 3), {"group": 3, "pads": [1, 1, 1, 1]}),
    "depthwise, multiplier 2": ((6, 1, 3, 3), {"group": 3, "strides": [2, 2]}),
}


@pytest.mark.parametrize("with_bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize(("weights", "attributes"), CONVOLUTIONS.values(), ids=CONVOLUTIONS.keys())
def test_conv(weights: tuple[int, ...], attributes: dict[str, Any], with_bias: bool, tmp_path: Path) -> None:
    constants = {"w": normal(*weights)} | ({"b": normal(weights[0], seed=1)} if with_bias else {})
    check([node("Conv", ["x", *constants], ["y"], **attributes)], constants, tmp_path, (1, 3, 9, 7))


def test_grouped_conv_stays_one_convolution(tmp_path: Path) -> None:
    constants = {"w": normal(6, 2, 3, 3)}
    graph = check([node("Conv", ["x", "w"], ["y"], group=2)], constants, tmp_path, (1, 4, 5, 5))
    (only,) = graph
    assert isinstance(only.operator, Conv2D)
    assert only.operator.groups == 2


def test_one_channel_is_no_depthwise(tmp_path: Path) -> None:
    graph = check([node("Conv", ["x", "w"], ["y"])], {"w": normal(4, 1, 3, 3)}, tmp_path, (1, 1, 5, 5))
    assert isinstance(graph.nodes[0].operator, Conv2D)


def test_parameters_are_those_of_the_file(tmp_path: Path) -> None:
    constants = {"w": normal(4, 3, 3, 3), "b": normal(4)} | batch_norm_constants(4)
    nodes = [node("Conv", ["x", "w", "b"], ["c"]), node("BatchNormalization", ["c", "g", "o", "m", "v"], ["y"])]
    graph = check(nodes, constants, tmp_path)
    assert [n.parameters for n in graph] == [4 * 27 + 4 + 2 * 4]


def batch_norm_constants(channels: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    values = {name: random.normal(size=channels) for name in "gom"} | {"v": random.uniform(0.1, 2, channels)}
    return {name: array.astype(np.float32) for name, array in values.items()}


@pytest.mark.parametrize("opset", [8, 13, 15])
@pytest.mark.parametrize("shape", [(1, 5, 4, 3), (1, 5)], ids=["image", "vector"])
def test_batch_normalization(shape: tuple[int, ...], opset: int, tmp_path: Path) -> None:
    nodes = [node("BatchNormalization", ["x", "g", "o", "m", "v"], ["y"], epsilon=0.01)]
    graph = check(nodes, batch_norm_constants(5), tmp_path, shape, opset)
    assert isinstance(graph.nodes[0].operator, DepthwiseConv2D)  # nothing to fold it into


@pytest.mark.parametrize("folded", [True, False], ids=["attributes", "inputs"])
def test_pad_goes_into_the_convolution(folded: bool, tmp_path: Path) -> None:
    pads = [0, 0, 1, 2, 0, 0, 3, 4]
    constants = {"w": normal(4, 3, 3, 3)}
    if folded:
        pad = node("Pad", ["x"], ["p"], pads=pads)
    else:
        pad = node("Pad", ["x", "pads", "", "axes"], ["p"])
        constants |= {"pads": np.asarray([1, 2, 3, 4]), "axes": np.asarray([-2, 3])}
    conv = node("Conv", ["p", "w"], ["y"], pads=[1, 1, 1, 1])
    graph = check([pad, conv], constants, tmp_path, opset=10 if folded else 18)
    (only,) = graph
    assert isinstance(only.operator, Conv2D)
    assert only.operator.window.padding == Padding(top=2, bottom=4, left=3, right=5)


def test_pad_of_nothing_leaves_nothing(tmp_path: Path) -> None:
    proto = model([node("Pad", ["x"], ["p"], pads=[0] * 8), node("Relu", ["p"], ["y"])], opset=10)
    assert len(imported(proto, tmp_path).nodes) == 1
