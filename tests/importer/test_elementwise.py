"""HardSigmoid, HardSwish, LeakyRelu, Sigmoid and Tanh, products and concatenation against onnxruntime."""

from pathlib import Path
from typing import Any

import pytest
from onnx import NodeProto

from mcucompile.errors import UnsupportedModelError
from mcucompile.ir.functions import Function, HardSigmoid, HardSwish, LeakyRelu, Sigmoid, Silu, Tanh
from mcucompile.ir.operators import Concat, Elementwise, Mul
from tests.onnx_models import check, imported, model, node, normal

FUNCTIONS: dict[str, tuple[NodeProto, Function]] = {
    "HardSigmoid": (node("HardSigmoid", ["x"], ["y"]), HardSigmoid(0.2, 0.5)),
    "HardSigmoid, attributes": (node("HardSigmoid", ["x"], ["y"], alpha=0.5, beta=0.25), HardSigmoid(0.5, 0.25)),
    "HardSwish": (node("HardSwish", ["x"], ["y"]), HardSwish()),
    "LeakyRelu": (node("LeakyRelu", ["x"], ["y"]), LeakyRelu(0.01)),
    "LeakyRelu, attribute": (node("LeakyRelu", ["x"], ["y"], alpha=0.25), LeakyRelu(0.25)),
    "Sigmoid": (node("Sigmoid", ["x"], ["y"]), Sigmoid()),
    "Tanh": (node("Tanh", ["x"], ["y"]), Tanh()),
}


@pytest.mark.parametrize(("proto", "function"), FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_function(proto: NodeProto, function: Function, tmp_path: Path) -> None:
    (only,) = check([proto], {}, tmp_path)
    assert isinstance(only.operator, Elementwise)
    found = only.operator.function
    assert type(found) is type(function)
    assert list(vars(found).values()) == pytest.approx(list(vars(function).values()))


def test_silu(tmp_path: Path) -> None:
    (only,) = check([node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["y"])], {}, tmp_path)
    assert only.operator == Elementwise(Silu())


SQUEEZED = node("GlobalAveragePool", ["x"], ["g"])
PRODUCTS: dict[str, tuple[list[NodeProto], tuple[str, str]]] = {
    "one shape": ([node("Relu", ["x"], ["r"]), node("Mul", ["x", "r"], ["y"])], ("x", "r")),
    "one tensor": ([node("Mul", ["x", "x"], ["y"])], ("x", "x")),
    "factors second": ([SQUEEZED, node("Mul", ["x", "g"], ["y"])], ("x", "g")),
    "factors first": ([SQUEEZED, node("Mul", ["g", "x"], ["y"])], ("x", "g")),
    "both 1x1": (
        [SQUEEZED, node("Relu", ["g"], ["r"]), node("Mul", ["r", "g"], ["y"])],
        ("r", "g"),
    ),
    "channels last": (
        [
            SQUEEZED,
            node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
            node("Flatten", ["g"], ["f"]),
            node("Mul", ["f", "t"], ["y"]),
        ],
        ("x", "g"),
    ),
}


@pytest.mark.parametrize(("nodes", "operands"), PRODUCTS.values(), ids=PRODUCTS.keys())
def test_product(nodes: list[NodeProto], operands: tuple[str, str], tmp_path: Path) -> None:
    named = [NodeProto.FromString(proto.SerializeToString()) for proto in nodes]
    for proto in named:
        proto.name = proto.output[0]
    last = check(named, {}, tmp_path, (1, 3, 5, 4)).nodes[-1]
    assert isinstance(last.operator, Mul)
    assert last.inputs == operands


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        (
            [node("ReduceMean", ["x"], ["m"], axes=[3]), node("Mul", ["x", "m"], ["y"])],
            "[1, C=3, H=8, W=8] and [1, C=3, H",
        ),
        ([node("Conv", ["x", "w"], ["m"]), node("Mul", ["m", "x"], ["y"])], "[1, 1, H=8, W=8] and [1, C=3, H=8, W=8]"),
        (
            [SQUEEZED, node("Conv", ["g", "w"], ["m"]), node("Mul", ["x", "m"], ["y"])],
            "[1, C=3, H=8, W=8] and [1, 1, 1, 1]",
        ),
    ],
)
def test_other_broadcasting_is_refused(nodes: list[NodeProto], found: str, tmp_path: Path) -> None:
    refused_product(nodes, found, tmp_path, (1, 3, 8, 8))


def test_factors_for_rows_that_are_as_many_as_channels_are_refused(tmp_path: Path) -> None:
    rows_second = node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1])
    nodes = [rows_second, SQUEEZED, node("Mul", ["t", "g"], ["y"])]
    refused_product(nodes, "[1, H=3, W=8, C=3] and [1, C=3, 1, 1]", tmp_path, (1, 3, 3, 8))


def refused_product(nodes: list[NodeProto], found: str, folder: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(UnsupportedModelError, match="the same shape and axes, or one of them is a single") as caught:
        imported(model(nodes, {"w": normal(1, 3, 1, 1)}, shape), folder)
    assert found in str(caught.value)


RELU = node("Relu", ["x"], ["r"])
CONCATS: dict[str, tuple[list[NodeProto], dict[str, Any]]] = {
    "images": ([RELU, node("Concat", ["x", "r", "x"], ["y"], axis=1)], {}),
    "from the end": ([RELU, node("Concat", ["r", "x"], ["y"], axis=-3)], {}),
    "channels last": (
        [
            node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
            node("Sigmoid", ["t"], ["s"]),
            node("Concat", ["s", "t"], ["y"], axis=3),
        ],
        {},
    ),
    "vectors": (
        [
            SQUEEZED,
            node("Flatten", ["g"], ["f"]),
            node("Relu", ["f"], ["r"]),
            node("Concat", ["f", "r"], ["y"], axis=1),
        ],
        {},
    ),
    "single channels": (
        [node("Conv", ["x", "w"], ["a"]), node("Relu", ["a"], ["b"]), node("Concat", ["a", "b"], ["y"], axis=1)],
        {"w": normal(1, 3, 1, 1)},
    ),
    "with affine and clip behind": (
        [
            RELU,
            node("Concat", ["x", "r"], ["c"], axis=1),
            node("Mul", ["c", "s"], ["m"]),
            node("Relu", ["m"], ["y"]),
        ],
        {"s": normal(1, 6, 1, 1)},
    ),
}


@pytest.mark.parametrize(("nodes", "constants"), CONCATS.values(), ids=CONCATS.keys())
def test_concat(nodes: list[NodeProto], constants: dict[str, Any], tmp_path: Path) -> None:
    graph = check(nodes, constants, tmp_path, (1, 3, 5, 4))
    assert any(isinstance(each.operator, Concat) for each in graph)


def test_concat_of_one_input_is_no_node(tmp_path: Path) -> None:
    nodes = [node("Concat", ["x"], ["c"], axis=1), node("Relu", ["c"], ["y"])]
    assert len(check(nodes, {}, tmp_path).nodes) == 1
