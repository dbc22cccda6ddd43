"""A model that breaks it, for every constraint of every supported operator."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto

from mcucompile.errors import UnsupportedModelError
from mcucompile.importer.constraints import EVERY_OPERATOR
from mcucompile.importer.converters import CONVERTERS
from tests.importer.quantized_cases import CASES as QUANTIZED
from tests.onnx_models import imported, model, node, normal

IMAGE = (1, 3, 8, 8)
W = {"w": normal(4, 3, 3, 3)}
NAN = normal(4, 3, 3, 3)
NAN[0, 0, 0, 1] = np.nan


def batch_norm(inputs: str = "gbmv", **attributes: Any) -> NodeProto:
    return node("BatchNormalization", ["x", *inputs], ["y"], **attributes)


def channels(count: int = 3, **changed: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.ones(count, np.float32) for name in "gbmv"} | changed


CASES: list[tuple[NodeProto | list[NodeProto], dict[str, Any], tuple[int, ...], int, str, str]] = [
    # node(s), constants, input shape, opset, what is found, the start of the sentence that is broken
    (node("Conv", ["x", "x"], ["y"]), {}, IMAGE, 17, "input 1 is computed by the network", "the weights are"),
    (node("Conv", ["x", "w"], ["y"], group="1"), W, IMAGE, 17, "attribute group of type STRING", "every attribute has"),
    (node("Conv", ["x", "w"], ["y"]), {"w": NAN}, IMAGE, 17, "1 of 108 numbers of 'w' are NaN or", "all constants are"),
    (
        [node("Reshape", ["w", "s"], ["v"]), node("Conv", ["x", "v"], ["y"])],
        W | {"s": np.asarray([7, 7])},
        IMAGE,
        17,
        "a constant that cannot be computed: ValueError",
        "whatever does not depend",
    ),
    (
        [node("Reshape", ["x", "s"], ["y"])],
        {"s": np.asarray([1, 3, 4, 16])},
        IMAGE,
        17,
        "reshape from [1, C=3, H=8, W=8] to [1, 3, 4, 16]",
        "axes can be permuted",
    ),
    (
        node("Conv", ["x", "w"], ["y"]),
        {"w": normal(4, 3, 3)},
        (1, 3, 8),
        17,
        "an input with the axes [1, C=3, ",
        "the i",
    ),
    (
        node("Conv", ["x", "w"], ["y"]),
        {"w": normal(4, 3, 3)},
        IMAGE,
        17,
        "weights of shape [4, 3, 3]",
        "the weights are",
    ),
    (
        node("Conv", ["x", "w"], ["y"]),
        {"w": normal(4, 2, 3, 3)},
        IMAGE,
        17,
        "weights of shape [4, 2, 3, 3] where [4, 3, 3, 3] fits",
        "the weights are a constant of the shape",
    ),
    (node("Conv", ["x", "w"], ["y"], group=2), W, IMAGE, 17, "group 2 with 3 input and 4 output channels", "group div"),
    (
        node("Conv", ["x", "w", "b"], ["y"]),
        W | {"b": normal(3)},
        IMAGE,
        17,
        "a bias of shape [3] for 4 channels",
        "the bias is a constant with one number for each output channel",
    ),
    (node("Conv", ["x", "w"], ["y"], strides=[2]), W, IMAGE, 17, "strides [2]", "kernel_shape, strides, pads and dil"),
    (node("Conv", ["x", "w"], ["y"], auto_pad="HALF"), W, IMAGE, 17, "auto_pad HALF", "auto_pad is NOTSET, SAME_UPP"),
    (node("Conv", ["x", "w"], ["y"], pads=[0, 0, 0, -1]), W, IMAGE, 17, "pads [0, 0, 0, -1]", "pads are not negative"),
    (
        node("Conv", ["x", "w"], ["y"]),
        W,
        (1, 3, 2, 8),
        17,
        "a 3x3 window over 2x8 with pads 0,0,0,0",
        "the window fits",
    ),
    (batch_norm(training_mode=1), channels(), IMAGE, 15, "a node in training mode", "training_mode is 0"),
    (batch_norm(), channels(), (1, 8, 8, 3), 15, "shape [3] for 8 channels", "scale, bias, mean and variance are"),
    (
        [node("Flatten", ["x"], ["f"]), node("BatchNormalization", ["f", *"gbmv"], ["y"])],
        channels(192),
        IMAGE,
        15,
        "an input with the axes [1, C·H·W=192]",
        "the second axis is C",
    ),
    (
        batch_norm(),
        channels(v=-np.ones(3, np.float32)),
        IMAGE,
        15,
        "a smallest variance + epsilon of -0.99999",
        "varia",
    ),
    (
        node("Clip", ["x", "a", "b"], ["y"]),
        {"a": np.float32(2), "b": np.float32(1)},
        IMAGE,
        17,
        "the limits 2 and 1",
        "the limits",
    ),
    (node("Min", ["x", "a"], ["y"]), {"a": normal(3, 1, 1)}, IMAGE, 17, "'a' of shape [3, 1, 1]", "the limits are"),
    (node("Max", ["x", "x"], ["y"]), {}, IMAGE, 17, "2 computed operands", "the limits are constant numbers"),
    (
        node("Pad", ["x"], ["y"], pads=[0] * 8, mode="edge"),
        {},
        IMAGE,
        10,
        "mode edge",
        "mode is constant and the value",
    ),
    (
        node("Pad", ["x"], ["y"], pads=[0] * 8, value=1.0),
        {},
        IMAGE,
        10,
        "value 1",
        "mode is constant and the value is 0",
    ),
    (
        node("Pad", ["x"], ["y"], pads=[0, 1, 0, 0, 0, 0, 0, 0]),
        {},
        IMAGE,
        10,
        "pads [0, 1, 0, 0, 0, 0, 0, 0] of the axes N, C, H, W",
        "pads are constant, not negative, and only the axes H and W are padded",
    ),
    (node("Pad", ["x"], ["y"], pads=[0] * 7 + [-1]), {}, IMAGE, 10, "pads [0, 0, 0, 0, 0, 0, 0, -1]", "pads are const"),
    (
        node("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
        {},
        IMAGE,
        17,
        "count_include_pad with pads 1,1,1,1",
        "count_include_pad is 0, or there is no padding",
    ),
    (node("AveragePool", ["x"], ["y"]), {}, IMAGE, 17, "kernel_shape []", "kernel_shape, strides, pads and dilations"),
    (
        node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], dilations=[2, 2]),
        {},
        IMAGE,
        19,
        "dilations 2x2",
        "the win",
    ),
    (
        node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], pads=[2, 0, 0, 0]),
        {},
        IMAGE,
        17,
        "pads 2,0,0,0 around a 2x2 window",
        "the padding is smaller than the window",
    ),
    (
        node("GlobalAveragePool", ["x"], ["y"]),
        {},
        (1, 3),
        17,
        "an input with the axes [1, C=3]",
        "the input is an image",
    ),
    (
        node("ReduceMean", ["x"], ["y"], axes=[1]),
        {},
        IMAGE,
        13,
        "the mean over [C=3]",
        "the mean is taken over H, W or",
    ),
    (
        node("ReduceMean", ["x"], ["y"]),
        {},
        IMAGE,
        13,
        "the mean over [1, C=3, H=8, W=8]",
        "the mean is taken over H, W",
    ),
    (
        node("Gemm", ["x", "w"], ["y"]),
        {"w": normal(5, 4)},
        (1, 6),
        17,
        "a matrix of shape [5, 4] for 6 features",
        "the s",
    ),
    (node("Gemm", ["x", "w"], ["y"], transA=1), {"w": normal(1, 4)}, (1, 6), 17, "transA 1", "transA is 0"),
    (
        node("Gemm", ["x", "w", "b"], ["y"]),
        {"w": normal(6, 4), "b": normal(3)},
        (1, 6),
        17,
        "a bias of shape [3] for 4 outputs",
        "the bias is a constant: one number, or one for each output",
    ),
    (node("MatMul", ["w", "x"], ["y"]), {"w": normal(4, 1)}, (1, 6), 17, "input 0 is a constant", "the first input is"),
    (
        node("MatMul", ["x", "w"], ["y"]),
        {"w": normal(8, 4)},
        IMAGE,
        17,
        "an operand with the axes [1, C=3,",
        "the first op",
    ),
    (node("Sub", ["x", "x"], ["y"]), {}, IMAGE, 17, "two computed operands", "one operand is a constant"),
    (
        [node("ReduceMean", ["x"], ["m"], axes=[2]), node("Mul", ["m", "x"], ["y"])],
        {},
        IMAGE,
        17,
        "operands with the axes [1, C=3, 1, W=8] and [1, C=3, H=8, W=8]",
        "two computed operands have the same shape and axes, or one",
    ),
    (
        node("Concat", ["x", "c"], ["y"], axis=1),
        {"c": normal(1, 2, 8, 8)},
        IMAGE,
        17,
        "1 computed and 1 constant inputs",
        "all inputs are computed",
    ),
    (
        node("Concat", ["x", "x"], ["y"], axis=2),
        {},
        IMAGE,
        17,
        "axis 2 of [1, C=3, H=8, W=8] and [1, C=3, H=8, W=8]",
        "tensors are joined along their channels",
    ),
    (
        [node("Flatten", ["x"], ["f"]), node("Concat", ["f", "f"], ["y"], axis=1)],
        {},
        IMAGE,
        17,
        "axis 1 of [1, C·H·W=192] and [1, C·H·W=192]",
        "tensors are joined along their channels",
    ),
    (node("Div", ["c", "x"], ["y"]), {"c": np.float32(1)}, IMAGE, 17, "a computed divisor", "a divisor is a constant"),
    (
        node("Div", ["x", "c"], ["y"]),
        {"c": np.float32(0)},
        IMAGE,
        17,
        "a divisor of 0",
        "a divisor is a constant other",
    ),
    (
        node("Add", ["x", "c"], ["y"]),
        {"c": normal(8)},
        IMAGE,
        17,
        "'c' of shape [8] for a tensor with the axes [1, C=3, H=8, W=8]",
        "a constant operand is one number, or one for each channel",
    ),
    (
        [node("GlobalAveragePool", ["x"], ["g"]), node("Add", ["x", "g"], ["y"])],
        {},
        IMAGE,
        17,
        "operands with the axes [1, C=3, H=8, W=8] and [1, C=3, 1, 1]",
        "two computed operands have the same shape and axes: no",
    ),
    (node("Softmax", ["x"], ["y"]), {}, IMAGE, 13, "the softmax over [W=8] of [1, C=3, H=8, W=8]", "the softmax is ta"),
    (node("Softmax", ["x"], ["y"]), {}, IMAGE, 11, "the softmax over [C·H·W=192] of [1, C=3", "the softmax is taken"),
    (node("Cast", ["x"], ["y"], to=3), {}, IMAGE, 17, "a cast to INT8", "a cast of a computed tensor goes to a"),
    (
        node("Dropout", ["x", "", "t"], ["y"]),
        {"t": np.asarray(True)},
        IMAGE,
        17,
        "training_mode true",
        "dropout does nothing",
    ),
    (
        node("Reshape", ["x", "s"], ["y"]),
        {"s": np.asarray([5, -1])},
        IMAGE,
        17,
        "a target of [5, -1] for [1,",
        "the tar",
    ),
]


@pytest.mark.parametrize(("nodes", "constants", "shape", "opset", "found", "sentence"), [*CASES, *QUANTIZED])
def test_constraint(
    nodes: NodeProto | list[NodeProto],
    constants: dict[str, Any],
    shape: tuple[int, ...],
    opset: int,
    found: str,
    sentence: str,
    tmp_path: Path,
) -> None:
    nodes = nodes if isinstance(nodes, list) else [nodes]
    with pytest.raises(UnsupportedModelError) as caught:
        imported(model(nodes, constants, shape, opset), tmp_path)
    (problem,) = caught.value.problems
    assert problem.found.startswith(found)
    assert problem.allowed.startswith(sentence)


def test_every_constraint_has_a_case() -> None:
    sentences = {c.sentence for row in CONVERTERS.values() for c in row.constraints} | {
        c.sentence for c in EVERY_OPERATOR
    }
    covered = {s for s in sentences for case in (*CASES, *QUANTIZED) if s.startswith(case[5])}
    assert sentences == covered
