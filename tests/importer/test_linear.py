"""Gemm, MatMul and arithmetic against onnxruntime."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto

from mcucompile.ir.operators import Add, Conv2D, FullyConnected
from tests.onnx_models import check, node, normal

B = normal(4, seed=1)
GEMMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {"w": normal(6, 4)}),
    "transB": ({"transB": 1}, {"w": normal(4, 6)}),
    "bias": ({"transB": 1}, {"w": normal(4, 6), "b": B}),
    "bias as a row": ({}, {"w": normal(6, 4), "b": B.reshape(1, 4)}),
    "one number as bias": ({}, {"w": normal(6, 4), "b": np.float32(0.5)}),
    "alpha and beta": ({"alpha": 0.5, "beta": -2.0}, {"w": normal(6, 4), "b": B}),
}


@pytest.mark.parametrize(("attributes", "constants"), GEMMS.values(), ids=GEMMS.keys())
def test_gemm(attributes: dict[str, Any], constants: dict[str, Any], tmp_path: Path) -> None:
    check([node("Gemm", ["x", *constants], ["y"], **attributes)], constants, tmp_path, (1, 6))


def test_matmul_and_add_become_one_layer(tmp_path: Path) -> None:
    nodes = [node("MatMul", ["x", "w"], ["m"]), node("Add", ["b", "m"], ["y"])]
    (only,) = check(nodes, {"w": normal(6, 4), "b": B}, tmp_path, (1, 6))
    assert isinstance(only.operator, FullyConnected)
    assert only.parameters == 6 * 4 + 4


def test_matmul_over_the_channels_of_an_image(tmp_path: Path) -> None:
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
        node("MatMul", ["t", "w"], ["m"]),
        node("Transpose", ["m"], ["back"], perm=[0, 3, 1, 2]),
        node("Conv", ["back", "c"], ["y"]),
    ]
    graph = check(nodes, {"w": normal(3, 4), "c": normal(2, 4, 1, 1)}, tmp_path)
    assert isinstance(graph.nodes[0].operator, Conv2D)


ROW, COLUMN = normal(3, seed=2), normal(3, 1, 1, seed=2)
ARITHMETIC: dict[str, tuple[list[NodeProto], dict[str, Any]]] = {
    "add a number": ([node("Add", ["x", "c"], ["y"])], {"c": np.float32(2)}),
    "number minus tensor": ([node("Sub", ["c", "x"], ["y"])], {"c": np.float32(2)}),
    "tensor minus channels": ([node("Sub", ["x", "c"], ["y"])], {"c": COLUMN}),
    "channels minus tensor": ([node("Sub", ["c", "x"], ["y"])], {"c": COLUMN[None]}),
    "mul": ([node("Mul", ["c", "x"], ["y"])], {"c": COLUMN[None]}),
    "div": ([node("Div", ["x", "c"], ["y"])], {"c": COLUMN}),
    "full shape, equal over the image": (
        [node("Mul", ["x", "c"], ["y"])],
        {"c": np.ascontiguousarray(np.broadcast_to(COLUMN, (1, 3, 8, 8)))},
    ),
    "preprocessing": (
        [node("Mul", ["x", "s"], ["a"]), node("Sub", ["a", "m"], ["b"]), node("Div", ["b", "d"], ["y"])],
        {"s": np.float32(1 / 255), "m": COLUMN, "d": np.abs(COLUMN) + 1},
    ),
}


@pytest.mark.parametrize(("nodes", "constants"), ARITHMETIC.values(), ids=ARITHMETIC.keys())
def test_arithmetic(nodes: list[NodeProto], constants: dict[str, Any], tmp_path: Path) -> None:
    check(nodes, constants, tmp_path)


def test_channels_last_constant(tmp_path: Path) -> None:
    nodes = [
        node("Sub", ["x", "c"], ["s"]),
        node("Transpose", ["s"], ["t"], perm=[0, 3, 1, 2]),
        node("Conv", ["t", "w"], ["y"]),
    ]
    graph = check(nodes, {"c": ROW, "w": normal(4, 3, 3, 3)}, tmp_path, (1, 8, 8, 3))
    assert graph.origin_input.axes == "NHWC"


def test_residual_addition(tmp_path: Path) -> None:
    nodes = [node("Relu", ["x"], ["r"]), node("Add", ["r", "x"], ["y"])]
    graph = check(nodes, {}, tmp_path)
    assert isinstance(graph.nodes[-1].operator, Add)


def test_shared_constant_is_not_changed_by_folding_it_twice(tmp_path: Path) -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"]),
        node("Mul", ["a", "s"], ["b"]),
        node("Conv", ["b", "w"], ["c"]),
        node("Mul", ["c", "s"], ["y"]),
    ]
    check(nodes, {"w": normal(3, 3, 3, 3), "s": np.float32(3)}, tmp_path)
