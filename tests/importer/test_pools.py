"""AveragePool, GlobalAveragePool, MaxPool, ReduceMean and Softmax against onnxruntime."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto

from tests.onnx_models import check, node

WINDOWS: dict[str, tuple[dict[str, Any], int]] = {
    "full": ({"kernel_shape": [9, 7]}, 17),
    "strided": ({"kernel_shape": [3, 2], "strides": [2, 1]}, 17),
    "padding not counted": ({"kernel_shape": [3, 3], "pads": [1, 2, 1, 0], "count_include_pad": 0}, 17),
    "no padding to count": ({"kernel_shape": [3, 3], "count_include_pad": 1}, 17),
    "SAME_UPPER": ({"kernel_shape": [2, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}, 17),
    "rounded up": ({"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, 17),
    "rounded up, last window left out": (
        {"kernel_shape": [1, 2], "strides": [3, 3], "pads": [0, 1, 0, 1], "ceil_mode": 1},
        19,
    ),
}


@pytest.mark.parametrize(("attributes", "opset"), WINDOWS.values(), ids=WINDOWS.keys())
def test_average_pool(attributes: dict[str, Any], opset: int, tmp_path: Path) -> None:
    check([node("AveragePool", ["x"], ["y"], **attributes)], {}, tmp_path, (1, 3, 9, 7), opset)


@pytest.mark.parametrize(("attributes", "opset"), WINDOWS.values(), ids=WINDOWS.keys())
def test_max_pool(attributes: dict[str, Any], opset: int, tmp_path: Path) -> None:
    """Of negative numbers, so that padding would show."""
    attributes = {name: value for name, value in attributes.items() if name != "count_include_pad"}
    nodes = [node("Sub", ["x", "c"], ["n"]), node("MaxPool", ["n"], ["y"], **attributes)]
    check(nodes, {"c": np.float32(10)}, tmp_path, (1, 3, 9, 7), opset)


def mean(opset: int, axes: list[int], **attributes: Any) -> tuple[list[NodeProto], dict[str, Any], int]:
    if opset < 18:
        return [node("ReduceMean", ["x"], ["y"], axes=axes, **attributes)], {}, opset
    return [node("ReduceMean", ["x", "axes"], ["y"], **attributes)], {"axes": np.asarray(axes)}, opset


MEANS = {
    "global pool": ([node("GlobalAveragePool", ["x"], ["y"])], {}, 17),
    "attribute": mean(13, [2, 3]),
    "input": mean(18, [3, 2]),
    "from the end": mean(13, [-1, -2]),
    "without axes": mean(18, [2, 3], keepdims=0),
    "rows only": mean(13, [2]),
    "columns only": mean(18, [-1], keepdims=0),
}


@pytest.mark.parametrize(("nodes", "constants", "opset"), MEANS.values(), ids=MEANS.keys())
def test_mean(nodes: list[NodeProto], constants: dict[str, Any], opset: int, tmp_path: Path) -> None:
    check(nodes, constants, tmp_path, (1, 3, 5, 4), opset)


def test_mean_of_one_pixel_is_no_node(tmp_path: Path) -> None:
    nodes = [node("ReduceMean", ["x"], ["m"], axes=[2, 3], keepdims=0), node("Relu", ["m"], ["y"])]
    assert len(check(nodes, {}, tmp_path, (1, 3, 1, 1), 13).nodes) == 1


@pytest.mark.parametrize(
    ("attributes", "opset", "shape"),
    [
        ({}, 11, (1, 6)),
        ({"axis": 1}, 11, (1, 6, 1, 1)),
        ({}, 13, (1, 6)),
        ({"axis": 1}, 13, (1, 6, 2, 3)),
        ({"axis": -3}, 13, (1, 6, 1, 1)),
    ],
)
def test_softmax(attributes: dict[str, Any], opset: int, shape: tuple[int, ...], tmp_path: Path) -> None:
    check([node("Softmax", ["x"], ["y"], **attributes)], {}, tmp_path, shape, opset)
