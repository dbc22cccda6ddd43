"""Quantized models that break a constraint: see CASES of test_constraints."""

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto

from tests.onnx_models import node, normal

IMAGE = (1, 3, 8, 8)
SCALE = {"s": np.float32(0.5), "z": np.int8(3)}
WEIGHTS = {"w": np.ones((4, 3, 3, 3), np.int8)}
QUANTIZE = node("QuantizeLinear", ["x", "s", "z"], ["q"])


def pooled(**attributes: Any) -> list[NodeProto]:
    names = ["q", "s", "z", "s", "z"]
    pool = node("QLinearGlobalAveragePool", names, ["y"], domain="com.microsoft", **attributes)
    return [QUANTIZE, pool]


def convolved(*dequantize: str, **attributes: Any) -> list[NodeProto]:
    return [node("DequantizeLinear", ["w", *dequantize], ["v"], **attributes), node("Conv", ["x", "v"], ["y"])]


CASES: list[tuple[NodeProto | list[NodeProto], dict[str, Any], tuple[int, ...], int, str, str]] = [
    ([QUANTIZE, node("Relu", ["q"], ["y"])], SCALE, IMAGE, 17, "an input of 8-bit integers", "only operators of"),
    (node("QuantizeLinear", ["x", "s"], ["y"]), {"s": normal(3)}, IMAGE, 17, "scale 's' of shape [3]", "an activation"),
    (node("QuantizeLinear", ["x", "s"], ["y"]), {"s": np.float32(0)}, IMAGE, 17, "the scale 0", "an activation"),
    (
        node("QuantizeLinear", ["x", "s", "z"], ["y"]),
        SCALE | {"z": np.zeros(3, np.int8)},
        IMAGE,
        17,
        "zero point 'z' of shape [3]",
        "an activation",
    ),
    (
        node("QuantizeLinear", ["x", "s", "z"], ["y"]),
        SCALE | {"z": np.uint16(7)},
        IMAGE,
        21,
        "elements of type uint16",
        "quantized activations are",
    ),
    (
        node("QuantizeLinear", ["x", "s"], ["y"], output_dtype=TensorProto.INT16),
        SCALE,
        IMAGE,
        21,
        f"output_dtype {TensorProto.INT16}",
        "quantized activations are",
    ),
    (
        node("DequantizeLinear", ["x", "s"], ["y"]),
        SCALE,
        IMAGE,
        17,
        "a floating-point tensor where integers belong",
        "quantized activations are",
    ),
    (
        [QUANTIZE, node("DequantizeLinear", ["q", "t", "z"], ["y"])],
        SCALE | {"t": np.float32(0.25)},
        IMAGE,
        17,
        "scale=0.25 zero_point=3 (of int8) for a tensor that was written with scale=0.5 zero_point=3",
        "an integer tensor is read",
    ),
    (convolved("s"), WEIGHTS | {"s": normal(5) ** 2}, IMAGE, 17, "scales or zero points of shape [5]", "a quantized c"),
    (convolved("s"), WEIGHTS | {"s": -np.ones(3)}, IMAGE, 17, "a smallest scale of -1", "a quantized constant"),
    (convolved("s"), {"w": normal(4, 3, 3, 3), "s": np.float32(1)}, IMAGE, 17, "a constant of type float32", "a quant"),
    (
        [QUANTIZE, node("QLinearConv", ["q", "s", "z", "w", "t", "z", "s", "z", "b"], ["y"])],
        SCALE | WEIGHTS | {"t": np.ones(4, np.float32), "b": np.zeros(3, np.int32)},
        IMAGE,
        17,
        "4 scales, 3 biases",
        "a quantized constant",
    ),
    (
        [QUANTIZE, node("Pad", ["q", "p"], ["y"])],
        SCALE | {"p": np.array([0, 0, 1, 1, 0, 0, 1, 1])},
        IMAGE,
        17,
        "integers without a value",
        "mode is constant",
    ),
    (
        [QUANTIZE, node("Pad", ["q", "p", "v"], ["y"])],
        SCALE | {"p": np.array([0, 0, 1, 1, 0, 0, 1, 1]), "v": np.int8(7)},
        IMAGE,
        17,
        "value 2",
        "mode is constant",
    ),
    (pooled(channels_last=1), SCALE, IMAGE, 17, "channels_last 1", "channels_last is 0"),
]
