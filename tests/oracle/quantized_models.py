"""Builds small quantized ONNX models, and holds our layers against onnxruntime's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Operator
from mcucompile.ir.tensors import Quantization
from mcucompile.passes import optimize
from mcucompile.quantize import QuantizationResult, quantize
from tests.onnx_models import model, node
from tests.oracle.layers import differences, images
from tests.oracle.onnx_layers import OnnxLayers

RANDOM = np.random.default_rng(3)
SCALES = {
    "sx": np.float32(1 / 255),
    "zx": np.int8(-128),
    "sy": np.float32(0.05),
    "zy": np.int8(4),
    "fine": np.float32(0.02),
    "coarse": np.float32(0.11),
    "zr": np.int8(-128),
}
WEIGHTS = {
    "w": RANDOM.integers(-128, 128, (4, 3, 3, 3)).astype(np.int8),
    "sw": RANDOM.uniform(0.001, 0.01, 4).astype(np.float32),
    "zw": np.zeros(4, np.int8),
}
IN = Quantization(float(SCALES["sx"]), -128)
OUT = Quantization(float(SCALES["sy"]), 4)


def q(source: str, result: str, scale: str = "sy", zero: str = "zy") -> NodeProto:
    return node("QuantizeLinear", [source, scale, zero], [result])


def dq(source: str, result: str, scale: str = "sy", zero: str = "zy") -> NodeProto:
    return node("DequantizeLinear", [source, scale, zero], [result])


IMAGE = [q("x", "xq", "sx", "zx"), dq("xq", "xr", "sx", "zx")]
KERNEL = [node("DequantizeLinear", ["w", "sw", "zw"], ["wr"], axis=0)]
CONV = [*IMAGE, *KERNEL, node("Conv", ["xr", "wr"], ["c"])]
END = [q("c", "yq"), dq("yq", "y")]


def written(
    nodes: Sequence[NodeProto], folder: Path, constants: Mapping[str, Any] | None = None, opset: int = 17
) -> Path:
    proto: ModelProto = model(nodes, {**SCALES, **WEIGHTS, **(constants or {})}, opset=opset)
    for i, made in enumerate(proto.graph.node):
        made.name = f"n{i}"
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def compiled(path: Path) -> QuantizationResult:
    return quantize(optimize(import_onnx(path)), None)


def agreed(
    nodes: Sequence[NodeProto], folder: Path, constants: Mapping[str, Any] | None = None, opset: int = 17
) -> Graph:
    """The int8 graph, every layer of which is at most a step off onnxruntime's."""
    path = written(nodes, folder, constants, opset)
    result = compiled(path)
    layers = OnnxLayers(path)
    found = differences(result.graph, layers.run(images(layers.input_shape), result.graph))
    assert result.warnings == ()
    assert result.graph.output in found
    assert max(found.values()) <= 1, found
    return result.graph


def operators(graph: Graph) -> list[type[Operator]]:
    return [type(node.operator) for node in graph]
