"""Every 8-bit tensor of a quantized ONNX model, as onnxruntime computes it, under the names of our int8 graph."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import NodeProto, numpy_helper

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array, Quantization, Shape

OUTPUT_SCALE = {
    "QuantizeLinear": 1,
    "QLinearConv": 6,
    "QLinearMatMul": 6,
    "QLinearAdd": 6,
    "QLinearMul": 6,
    "QLinearConcat": 0,
    "QGemm": 7,
}
"""The input that is the output's scale; 3 for the other integer operators."""
MOVING = frozenset({"DequantizeLinear", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose"})
FUSED = frozenset({"Add", "BatchNormalization", "Clip", "Div", "Mul", "Relu", "Sub"})
"""What may stand between a layer's node in the file and the tensor that is its result, with FUSED changing it."""


class OnnxLayers:
    """A quantized model in onnxruntime: floating-point arithmetic between Q and DQ, integer operators as they are."""

    def __init__(self, path: Path) -> None:
        self._model = onnx.load(path)
        self._nodes = self._model.graph.node
        self._constants = {t.name: numpy_helper.to_array(t) for t in self._model.graph.initializer}
        shown = {value.name for value in self._model.graph.output}
        self._producers = {node.output[0]: node for node in self._nodes}
        names = [node.output[0] for node in self._nodes if self._quantization(node) is not None]
        self._model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in shown)
        self._session = onnxruntime.InferenceSession(self._model.SerializeToString(), self._options())

    def _options(self) -> onnxruntime.SessionOptions:
        """No optimizations; only for integer convolutions of uint8 those that keep sums from saturating at 16 bits."""
        options = onnxruntime.SessionOptions()
        levels = onnxruntime.GraphOptimizationLevel
        convolutions = [node for node in self._nodes if node.op_type == "QLinearConv"]
        if any(self._constants[node.input[2]].dtype == np.uint8 for node in convolutions):
            options.graph_optimization_level = levels.ORT_ENABLE_EXTENDED
            options.add_session_config_entry("session.x64quantprecision", "1")
        else:
            options.graph_optimization_level = levels.ORT_DISABLE_ALL
        return options

    @property
    def input_shape(self) -> list[int]:
        return [size if isinstance(size, int) else 1 for size in self._session.get_inputs()[0].shape]

    def run(self, images: Sequence[Array], graph: Graph) -> dict[str, Array]:
        """int8 [N, H, W, C] of the tensors of `graph` that the file has in 8 bits too; images of `input_shape`.

        An input that the file leaves in floating point is rounded as `graph` has it.
        """
        tensors = {name: found for name in graph.types if (found := self._tensor(graph, name)) is not None}
        values: dict[str, list[Array]] = {name: [] for name in tensors}
        for image in images:
            arrays = self._session.run(list(tensors.values()), {self._session.get_inputs()[0].name: image})
            for name, array in zip(tensors, arrays, strict=True):
                values[name].append(_nhwc(array, graph.types[name].shape))
        found = {name: np.concatenate(arrays) for name, arrays in values.items()}
        quantized = [graph.input_type.quantized().quantize(image) for image in images]
        return {graph.input: np.concatenate([_nhwc(x, graph.input_type.shape) for x in quantized])} | found

    def _tensor(self, graph: Graph, name: str) -> str | None:
        """The first 8-bit tensor of the same scale behind the layer's node and what is fused into the layer."""
        origins = {node.origin.rpartition(" (")[0] for node in graph}
        if name == graph.input:
            start = self._session.get_inputs()[0].name
            found = None
        else:
            origin = graph.by_name[name].origin.rpartition(" (")[0]
            same = [node.name for node in graph if node.origin == graph.by_name[name].origin]
            if name != same[-1]:  # a part of the layer, which the file does not have
                return None
            node = next(node for node in self._nodes if node.name == origin)
            start = node.output[0]
            found = start if self._quantization(node) == graph.types[name].quantization else None
        for node in self._followers(start, origins):
            if node.op_type in FUSED:
                found = None
            elif found is None and self._quantization(node) == graph.types[name].quantization:
                found = node.output[0]
        return found

    def _followers(self, tensor: str, origins: set[str]) -> Iterator[NodeProto]:
        for node in self._nodes:
            follows = self._quantization(node) is not None or node.op_type in MOVING | FUSED
            if tensor in node.input and node.name not in origins and follows:
                yield node
                yield from self._followers(node.output[0], origins)

    def _quantization(self, node: NodeProto) -> Quantization | None:
        """Of the node's output, None if that is not of 8 bits; told as int8."""
        if node.op_type == "MaxPool":
            source = self._producers.get(node.input[0])
            return None if source is None else self._quantization(source)
        if node.op_type != "QuantizeLinear" and not node.op_type.startswith(("QLinear", "QGemm")):
            return None
        index = OUTPUT_SCALE.get(node.op_type, 3)
        scale, *zero_point = (self._constants[name] for name in node.input[index : index + 2])
        if scale.size != 1:  # weights, quantized by the file itself
            return None
        zero = zero_point[0] if zero_point else np.uint8(0)
        return Quantization(float(scale), int(zero) - (128 if zero.dtype == np.uint8 else 0))


def _nhwc(array: Array, shape: Shape) -> Array:
    signed = (array.astype(np.int16) - 128).astype(np.int8) if array.dtype == np.uint8 else array
    first_channels = (shape.c, shape.h, shape.w)
    if signed.ndim == 4 and signed.shape[1:] == shape and shape != first_channels:
        return signed
    return signed.reshape(-1, *first_channels).transpose(0, 2, 3, 1)
