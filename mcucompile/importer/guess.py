"""After a node that cannot be converted: what its outputs probably are, so that the nodes behind it are checked too."""

from functools import cached_property

import onnx
from onnx import ModelProto

from mcucompile.importer.axes import batch_of, labelled, matches
from mcucompile.importer.graph_input import GraphInput
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.values import Activation, Unknown, Value
from mcucompile.ir.tensors import Shape


class Guesser:
    """Asks ONNX's shape inference, once, and only if there is something to guess."""

    def __init__(self, model: ModelProto, source: GraphInput | None) -> None:
        self._model = model
        self._source = source

    def guess(self, node: OnnxNode) -> dict[str, Value]:
        """A value for every output of `node`: an activation that nothing computes, or Unknown."""
        return {name: self._guess(node, name) for name in node.outputs if name}

    def _guess(self, node: OnnxNode, output: str) -> Value:
        x = next((value for value in node.inputs if isinstance(value, Activation)), None)
        shape = self._shapes.get(output)
        if x is None or shape is None or not all(shape):
            return Unknown()
        if shape == x.onnx_shape:
            return Activation(output, x.shape, x.axes)
        batch = batch_of(x.axes)
        if len(shape) == 4 and shape[0] == batch and matches(x.axes, "NCHW"):
            guessed = Shape(shape[2], shape[3], shape[1])
            return Activation(output, guessed, labelled("NCHW", guessed, batch))
        if len(shape) == 2 and shape[0] == batch:
            guessed = Shape(1, 1, shape[1])
            return Activation(output, guessed, labelled("NC", guessed, batch))
        return Unknown()

    @cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by tensor name, 0 for an open size; those that ONNX can tell."""
        model = ModelProto()
        model.CopyFrom(self._model)
        for value in model.graph.input:
            if self._source is not None and value.name == self._source.name:
                for dim, size in zip(value.type.tensor_type.shape.dim, self._source.shape, strict=True):
                    dim.dim_value = size
        try:
            inferred = onnx.shape_inference.infer_shapes(model)
        except Exception:  # a malformed model: then there is nothing to go by
            return {}
        return {
            value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
            for value in inferred.graph.value_info
            if value.type.tensor_type.HasField("shape")
        }
