"""Fills an architecture with seeded numbers under which activations keep their size through the whole network.

There is no training here: where a trained network has statistics of its data, this one has those that independent
pixels, uniform in [0, 1], would give, a little off as measured ones are.
"""

from collections.abc import Callable, Mapping
from math import prod
from zlib import crc32

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper, shape_inference

from mcucompile.zoo.builder import EPSILON
from mcucompile.zoo.moments import Array, Moments

LOGIT_GAIN = 5.0
"""Of the layer that softmax reads: some classes stand out, as after training."""

_FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "Relu": lambda x: np.maximum(x, 0),
    "Clip": lambda x: np.clip(x, 0, 6),
    "HardSigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
}


def fill(model: ModelProto, seed: int) -> ModelProto:
    """The model with numbers in all of its parameters; those of one name and shape depend on the seed alone."""
    filled = ModelProto()
    filled.CopyFrom(model)
    _Filler(filled, seed).run()
    return filled


class _Filler:
    def __init__(self, model: ModelProto, seed: int) -> None:
        self._graph = model.graph
        self._seed = seed
        self._tensors: dict[str, TensorProto] = {tensor.name: tensor for tensor in model.graph.initializer}
        inferred = shape_inference.infer_shapes(model, strict_mode=True).graph
        self._planes = {
            value.name: prod(axis.dim_value for axis in value.type.tensor_type.shape.dim[2:])
            for value in (*inferred.input, *inferred.value_info, *inferred.output)
        }
        self._readers = {name: node.op_type for node in model.graph.node for name in node.input}
        source = model.graph.input[0]
        channels = source.type.tensor_type.shape.dim[1].dim_value
        pixels = Moments(np.full(channels, 0.5), np.full(channels, 1 / 12), self._planes[source.name])
        self._moments = {source.name: pixels}

    def run(self) -> None:
        for node in self._graph.node:
            self._moments[node.output[0]] = self._after(node)

    def _after(self, node: NodeProto) -> Moments:
        x = self._moments[node.input[0]]
        plane = self._planes[node.output[0]]
        match node.op_type:
            case "Conv" | "Gemm":
                return self._linear(node, x, plane)
            case "BatchNormalization":
                return self._batch_norm(node, x)
            case "Add":
                return x + self._moments[node.input[1]]
            case "Mul":
                return x * self._moments[node.input[1]]
            case "Concat":
                parts = [self._moments[name] for name in node.input]
                mean, variance = (np.concatenate([getattr(part, of) for part in parts]) for of in ("mean", "variance"))
                return Moments(mean, variance, plane)
            case "GlobalAveragePool":
                return x.average()
            case "Flatten":
                return x.flat()
            case "MaxPool":
                return x.largest(prod(helper.get_node_attr_value(node, "kernel_shape")), plane)
            case "LRN" | "Softmax":  # the first hardly changes them, behind the second comes nothing
                return x
            case operator:
                return x.through(_FUNCTIONS[operator])

    def _linear(self, node: NodeProto, x: Moments, plane: int) -> Moments:
        """Normal weights, scaled to outputs of mean square 1 (He et al. 2015); logits get their mean taken away too."""
        tensor = self._tensors[node.input[1]]
        random = self._random(tensor.name)
        weights = random.standard_normal(tuple(tensor.dims), dtype=np.float32)
        groups = helper.get_node_attr_value(node, "group") if node.op_type == "Conv" else 1
        raw = x.linear(weights.reshape(*weights.shape[:2], -1), groups, plane)
        logits = self._readers.get(node.output[0]) == "Softmax"
        scale = (LOGIT_GAIN if logits else 1.0) / np.sqrt(raw.square.mean())
        offset = -scale * raw.mean if logits else np.zeros(len(weights))
        self._store(tensor.name, weights * np.float32(scale))
        if len(node.input) == 3:
            offset += 0.1 * random.standard_normal(len(weights))
            self._store(node.input[2], offset)
        return raw.affine(np.full(len(weights), scale), offset)

    def _batch_norm(self, node: NodeProto, x: Moments) -> Moments:
        gamma, beta, mean, variance = node.input[1:5]
        random = self._random(node.name)
        channels = len(x.mean)
        values = {
            gamma: random.uniform(0.5, 1.5, channels),
            beta: random.normal(0, 0.3, channels),
            mean: x.mean + random.normal(0, 0.1, channels) * np.sqrt(x.variance),
            variance: x.variance * random.uniform(0.8, 1.25, channels),
        }
        for name, array in values.items():
            self._store(name, array)
        scale = values[gamma] / np.sqrt(values[variance] + EPSILON)
        return x.affine(scale, values[beta] - values[mean] * scale)

    def _random(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, crc32(name.encode())])

    def _store(self, name: str, array: Array) -> None:
        self._tensors[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
