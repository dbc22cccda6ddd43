"""Nodes that cannot be compiled: the whole messages, all at once, and nothing that only follows from them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto

from mcucompile.errors import Problem, UnsupportedModelError
from tests.onnx_models import imported, model, node, normal

W = {"w": normal(4, 3, 3, 3)}


def problems(nodes: list[NodeProto], constants: Mapping[str, np.ndarray], folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(UnsupportedModelError) as caught:
        imported(model(nodes, constants), folder)
    return caught.value.problems


def test_whole_message(tmp_path: Path) -> None:
    nodes = [node("Conv", ["x", "w", "b"], ["y"], name="/stem/Conv")]
    with pytest.raises(UnsupportedModelError) as caught:
        imported(model(nodes, W | {"b": normal(3)}), tmp_path)
    assert caught.value.exit_code == 3
    assert str(caught.value) == (
        "not supported: model.onnx: node '/stem/Conv' (Conv)\n"
        "  found    a bias of shape [3] for 4 channels\n"
        "  allowed  the bias is a constant with one number for each output channel\n"
        "  do       repair the bias, export again"
    )


def test_five_nodes_at_once(tmp_path: Path) -> None:
    nodes = [
        node("LpPool", ["x"], ["a"], kernel_shape=[2, 2], strides=[2, 2], name="pool"),
        node("Softmax", ["a"], ["b"], name="attention"),
        node("Softplus", ["b"], ["c"], name="soft"),
        node("Conv", ["c", "w"], ["d"], group=2, name="conv"),
        node("Fancy", ["d"], ["e"], name="fancy", domain="org.example"),
        node("Relu", ["e"], ["y"], name="fine"),
    ]
    found = problems(nodes, W, tmp_path)
    assert [(p.where, p.found, p.remedy) for p in found] == [
        ("model.onnx: node 'pool' (LpPool)", "the operator LpPool", REPLACE),
        (
            "model.onnx: node 'attention' (Softmax)",
            "the softmax over [W=4] of [1, C=3, H=4, W=4]",
            "take the softmax over the class scores",
        ),
        ("model.onnx: node 'soft' (Softplus)", "the operator Softplus", REPLACE),
        ("model.onnx: node 'conv' (Conv)", "group 2 with 3 input and 4 output channels", CHANGE),
        ("model.onnx: node 'fancy' (org.example.Fancy)", "the operator org.example.Fancy", REPLACE),
    ]
    assert {p.allowed for p in found if p.found.startswith("the operator")} == {
        "the operators that `mcucompile operators` lists"
    }


CHANGE = "change this layer in the training framework and export the model again"
REPLACE = "replace this layer in the training framework and export the model again"


def test_guessing_keeps_channels_last(tmp_path: Path) -> None:
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
        node("Softplus", ["t"], ["l"], name="soft"),
        node("Mul", ["l", "c"], ["m"], name="fine"),
        node("Add", ["m", "w"], ["y"], name="sum"),
    ]
    found = problems(nodes, {"c": normal(3), "w": normal(8, 1)}, tmp_path)
    assert [p.where for p in found] == ["model.onnx: node 'soft' (Softplus)", "model.onnx: node 'sum' (Add)"]


def test_what_follows_from_an_unsupported_node_is_not_reported(tmp_path: Path) -> None:
    nodes = [
        node("Fancy", ["x"], ["a"], name="fancy", domain="org.example"),
        node("Conv", ["a", "w"], ["b"]),
        node("Flatten", ["b"], ["y"]),
    ]
    assert [p.where for p in problems(nodes, W, tmp_path)] == ["model.onnx: node 'fancy' (org.example.Fancy)"]


def test_an_unsupported_node_that_nobody_needs_does_not_matter(tmp_path: Path) -> None:
    nodes = [node("Conv", ["x", "w"], ["y"]), node("Softplus", ["y"], ["z"])]
    assert len(imported(model(nodes, W), tmp_path).nodes) == 1


def test_dynamic_quantization_is_refused_with_advice(tmp_path: Path) -> None:
    nodes = [node("DynamicQuantizeLinear", ["x"], ["q", "s", "y"])]
    (problem,) = problems(nodes, {}, tmp_path)
    assert problem.remedy == (
        "dynamic quantization computes scales on the device, which no integer kernel does: "
        "quantize with onnxruntime.quantization.quantize_static and calibration data instead of quantize_dynamic, "
        "or give mcucompile the float model, which it quantizes itself"
    )
