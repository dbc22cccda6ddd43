"""Axes: layouts of the input, Transpose, Reshape and their relatives, batch sizes."""

from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto

from mcucompile.ir.tensors import Shape
from tests.onnx_models import check, node, normal

CONV = {"w": normal(4, 3, 3, 3)}


def test_nchw_input(tmp_path: Path) -> None:
    graph = check([node("Conv", ["x", "w"], ["y"])], CONV, tmp_path, (1, 3, 6, 5))
    assert graph.origin_input.axes == "NCHW"
    assert graph.origin_output.axes == "NCHW"
    assert graph.input_type.shape == Shape(6, 5, 3)


def test_nhwc_input_and_output(tmp_path: Path) -> None:
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        node("Conv", ["t", "w"], ["c"]),
        node("Transpose", ["c"], ["y"], perm=[0, 2, 3, 1]),
    ]
    graph = check(nodes, CONV, tmp_path, (1, 6, 5, 3))
    assert graph.origin_input.axes == graph.origin_output.axes == "NHWC"
    assert [n.operator.mnemonic for n in graph] == ["conv2d"]


def test_mean_over_rows_and_columns_tells_the_layout(tmp_path: Path) -> None:
    last = [node("ReduceMean", ["x"], ["m"], axes=[1, 2], keepdims=0), node("Gemm", ["m", "w"], ["y"])]
    graph = check(last, {"w": normal(3, 4)}, tmp_path, (1, 6, 5, 3))
    assert graph.origin_input.axes == "NHWC"


def test_width_before_height(tmp_path: Path) -> None:
    nodes = [node("Transpose", ["x"], ["t"], perm=[0, 3, 2, 1]), node("Conv", ["t", "w"], ["y"])]
    graph = check(nodes, CONV, tmp_path, (1, 5, 6, 3))
    assert graph.origin_input.axes == "NWHC"


@pytest.mark.parametrize(
    ("shape", "axes"), [((1, 6, 5, 1), "NHWC"), ((1, 1, 6, 5), "NCHW"), ((1, 6, 5), "NHW"), ((1, 30), "NHW")]
)
def test_one_channel_through_a_reshape(shape: tuple[int, ...], axes: str, tmp_path: Path) -> None:
    nodes = [node("Reshape", ["x", "s"], ["r"]), node("Conv", ["r", "w"], ["y"])]
    graph = check(nodes, {"s": np.asarray([-1, 1, 6, 5]), "w": normal(4, 1, 3, 3)}, tmp_path, shape)
    assert graph.origin_input.axes == axes
    assert graph.input_type.shape == Shape(6, 5, 1)


def test_image_without_a_batch_axis(tmp_path: Path) -> None:
    nodes = [node("Unsqueeze", ["x", "a"], ["u"]), node("Conv", ["u", "w"], ["y"])]
    graph = check(nodes, CONV | {"a": np.asarray([0])}, tmp_path, (3, 6, 5))
    assert graph.origin_input.axes == "CHW"


FLATTENED: dict[str, tuple[list[NodeProto], dict[str, np.ndarray]]] = {
    "Flatten, CHW": ([node("Flatten", ["c"], ["f"])], {}),
    "Reshape [0, -1]": ([node("Reshape", ["c", "s"], ["f"])], {"s": np.asarray([0, -1])}),
    "HWC": (
        [node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1]), node("Reshape", ["t", "s"], ["f"])],
        {"s": np.asarray([1, -1])},
    ),
    "WCH": ([node("Transpose", ["c"], ["t"], perm=[0, 3, 1, 2]), node("Flatten", ["t"], ["f"])], {}),
    "Shape, Gather, Concat": (
        [
            node("Shape", ["c"], ["sh"]),
            node("Gather", ["sh", "zero"], ["n"]),
            node("Unsqueeze", ["n", "axis"], ["n1"]),
            node("Concat", ["n1", "rest"], ["s"], axis=0),
            node("Reshape", ["c", "s"], ["f"]),
        ],
        {"zero": np.asarray(0), "axis": np.asarray([0]), "rest": np.asarray([-1])},
    ),
    "in two steps": (
        [node("Reshape", ["c", "s"], ["r"]), node("Reshape", ["r", "t"], ["f"])],
        {"s": np.asarray([0, 0, 12]), "t": np.asarray([1, 48])},
    ),
}


@pytest.mark.parametrize(("nodes", "constants"), FLATTENED.values(), ids=FLATTENED.keys())
def test_flattened_image_before_a_linear_layer(
    nodes: list[NodeProto], constants: dict[str, np.ndarray], tmp_path: Path
) -> None:
    nodes = [node("Conv", ["x", "w"], ["c"]), *nodes, node("Gemm", ["f", "m"], ["y"])]
    graph = check(nodes, CONV | constants | {"m": normal(48, 5)}, tmp_path, (1, 3, 6, 5))
    assert [n.operator.mnemonic for n in graph] == ["conv2d", "fully_connected"]


@pytest.mark.parametrize(
    "head",
    [
        [node("Flatten", ["g"], ["y"])],
        [node("Squeeze", ["g", "last"], ["y"])],
        [node("Squeeze", ["g", "back"], ["s"]), node("Unsqueeze", ["s", "last"], ["u"]), node("Flatten", ["u"], ["y"])],
        [node("Dropout", ["g"], ["d", "mask"]), node("Identity", ["d"], ["i"]), node("Cast", ["i"], ["y"], to=1)],
    ],
    ids=["Flatten", "Squeeze", "Squeeze and Unsqueeze", "noise"],
)
def test_noise_behind_the_pool_leaves_no_node(head: list[NodeProto], tmp_path: Path) -> None:
    nodes = [node("Conv", ["x", "w"], ["c"]), node("GlobalAveragePool", ["c"], ["g"]), *head]
    constants = CONV | {"last": np.asarray([2, 3]), "back": np.asarray([-1, -2])}
    graph = check(nodes, constants, tmp_path)
    assert [n.operator.mnemonic for n in graph] == ["conv2d", "average_pool"]
    assert graph.origin_output.axes in ("NC", "NCHW")


@pytest.mark.parametrize("batch", [1, 3, "batch"])
def test_batch(batch: int | str, tmp_path: Path) -> None:
    target = np.asarray([batch if isinstance(batch, int) else -1, 96])
    nodes = [
        node("Conv", ["x", "w"], ["c"]),
        node("Relu", ["c"], ["r"]),
        node("Transpose", ["r"], ["t"], perm=[0, 2, 3, 1]),
        node("Reshape", ["t", "s"], ["f"]),
        node("Gemm", ["f", "m"], ["g"]),
        node("Softmax", ["g"], ["y"]),
    ]
    graph = check(nodes, CONV | {"s": target, "m": normal(96, 5)}, tmp_path, (batch, 3, 8, 6))
    assert graph.input_type.shape == Shape(8, 6, 3)
