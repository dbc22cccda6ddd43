"""Builds int8 graphs of many branches: every node names its source, with constants that are tame or extreme."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mcucompile.ir.graph import Graph, Interface, Node
from mcucompile.ir.operators import (
    SOFTMAX_OUTPUT,
    Add,
    AveragePool,
    Clamp,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Lookup,
    MaxPool,
    Mean,
    Mul,
    Operator,
    Requantize,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Array, Quantization, Shape, TensorType
from mcucompile.ir.verify import verify_graph
from mcucompile.quantize.convert import add_requantize
from mcucompile.reference.evaluate import apply_int8
from mcucompile.reference.softmax import softmax_factor

ZERO_POINTS = (-128, -128, 127, 0, -1, 3, 100)
SCALES = (0.05, 0.003, 0.4, 3.0)
CLAMPS = (Clamp(-128, 127), Clamp(-128, 127), Clamp(-100, 90), Clamp(-128, 0), Clamp(5, 127))
EXTREME_CLAMPS = (Clamp(-128, 127), Clamp(-128, -128), Clamp(127, 127), Clamp(0, 0), Clamp(-1, 1))
INPUT = "image"


class Int8Builder:
    """Adds a node and returns its name. `samples` holds every tensor for some inputs, to see which ones vary."""

    def __init__(self, name: str, shape: Shape, seed: int, zero_point: int = -128) -> None:
        self.rng = np.random.default_rng(seed)
        self.name = name
        self.types = {INPUT: TensorType(shape, Quantization(0.05, zero_point))}
        self.nodes: list[Node] = []
        self.samples: dict[str, Array] = {INPUT: awkward_inputs(shape)}

    def conv(self, source: str, window: Window, channels: int, groups: int = 1, extreme: bool = False) -> str:
        depth = self.types[source].shape.c // groups
        weights = self._weights((channels, *window.kernel, depth), extreme)
        bias, factors = self._products(channels, weights[0].size, extreme)
        return self._add_node(source, Conv2D(window, weights, bias, groups, self._clamp(extreme), factors))

    def conv_of_signs(self, source: str, channels: int) -> str:
        """1x1 with weights of -1, 0 and 1. Even channels have factors around 1, odd ones sums that are all bias."""
        weights = self.rng.integers(-1, 2, (channels, 1, 1, self.types[source].shape.c)).astype(np.int8)
        is_odd = np.arange(channels) % 2 == 1
        sizes = self.rng.choice([-(2**30), 2**28 + 1, 2**30], channels)
        bias = np.where(is_odd, sizes, self.rng.integers(-100, 100, channels)).astype(np.int32)
        shift = np.where(is_odd, self.rng.integers(-31, -22, channels), self.rng.integers(-2, 2, channels))
        factors = Requantize(self.rng.integers(2**30, 2**31, channels).astype(np.int32), shift.astype(np.int32))
        window = Window(Size2D(1, 1))
        return self._add_node(source, Conv2D(window, weights, bias, 1, self._clamp(False), factors))

    def depthwise(self, source: str, window: Window, multiplier: int = 1, extreme: bool = False) -> str:
        channels = self.types[source].shape.c * multiplier
        weights = self._weights((*window.kernel, channels), extreme)
        bias, factors = self._products(channels, window.kernel.h * window.kernel.w, extreme)
        return self._add_node(source, DepthwiseConv2D(window, weights, bias, self._clamp(extreme), factors))

    def fully_connected(self, source: str, outputs: int, one_factor: bool, extreme: bool = False) -> str:
        weights = self._weights((outputs, self.types[source].shape.elements), extreme)
        bias, factors = self._products(outputs, weights.shape[1], extreme)
        if one_factor:
            smallest = factors.shift.min().repeat(outputs)
            factors = Requantize(factors.multiplier[:1].repeat(outputs), smallest)
        return self._add_node(source, FullyConnected(weights, bias, self._clamp(extreme), factors))

    def add(self, first: str, second: str, extreme: bool = False) -> str:
        """extreme: the output's scale is far from those of the inputs."""
        scales = [self.types[name].quantized().scale for name in (first, second)]
        scale = max(scales) * float(2.0 ** (self.rng.integers(-12, 12) if extreme else 0.3))
        output = Quantization(scale, self._any(ZERO_POINTS))
        operator = Add(self._clamp(extreme), add_requantize(scales[0], scales[1], scale))
        return self._add_node((first, second), operator, output)

    def mul(self, first: str, second: str, extreme: bool = False) -> str:
        """second: of the shape of the first, or one number for each of its channels."""
        usual = -round(np.log2(74 * 74 / 50))
        shift = self.rng.integers(*((-31, 15) if extreme else (usual - 1, usual + 2)), 1)
        factor = Requantize(self.rng.integers(2**30, 2**31, 1).astype(np.int32), shift.astype(np.int32))
        return self._add_node((first, second), Mul(self._clamp(extreme), factor))

    def concat(self, *sources: str) -> str:
        """sources: of one quantization."""
        return self._add_node(sources, Concat(), self.types[sources[0]].quantized())

    def max_pool(self, source: str, window: Window, extreme: bool = False) -> str:
        return self._add_node(source, MaxPool(window, self._clamp(extreme)), self.types[source].quantized())

    def average_pool(self, source: str, window: Window, extreme: bool = False) -> str:
        return self._add_node(source, AveragePool(window, self._clamp(extreme)), self.types[source].quantized())

    def mean(self, source: str, extreme: bool = False) -> str:
        pixels = self.types[source].shape.h * self.types[source].shape.w
        _, factor = self._products(1, pixels, extreme)
        return self._add_node(source, Mean(self._clamp(extreme), factor))

    def softmax(self, source: str) -> str:
        factor = softmax_factor(self.types[source].quantized().scale)
        return self._add_node(source, Softmax(*factor), SOFTMAX_OUTPUT)

    def lookup(self, source: str) -> str:
        return self._add_node(source, Lookup(self.rng.integers(-128, 128, 256).astype(np.int8)))

    def graph(self, output: str | None = None) -> Graph:
        """The output is the last node's, if not another tensor; what nobody reads stays."""
        last = self.nodes[-1].name if output is None else output
        graph = Graph(self.name, INPUT, self.types[INPUT], tuple(self.nodes), last, Interface(INPUT, "NHWC"))
        verify_graph(graph)
        return graph

    def varied(self) -> list[str]:
        """The tensors whose values tell something about the layers before: not clamped to a few."""
        return [name for name, x in self.samples.items() if len(np.unique(x)) >= min(40, x[0].size)]

    def _add_node(self, sources: str | Sequence[str], operator: Operator, output: Quantization | None = None) -> str:
        inputs = (sources,) if isinstance(sources, str) else tuple(sources)
        quantization = output or Quantization(self._any(SCALES), self._any(ZERO_POINTS))
        shape = output_shape(operator, [self.types[name].shape for name in inputs])
        name = f"{operator.mnemonic}_{len(self.nodes):02}"
        node = Node(name, operator, inputs, TensorType(shape, quantization))
        self.types[name] = node.type
        self.nodes.append(node)
        so_far = Graph(self.name, INPUT, self.types[INPUT], tuple(self.nodes), name)
        self.samples[name] = apply_int8(so_far, node, tuple(self.samples[source] for source in inputs))
        return name

    def _weights(self, shape: tuple[int, ...], extreme: bool) -> Array:
        if extreme:
            values = self._any([[-128], [127], [-128, 127], [-128, -127, 0, 127]])
            return self.rng.choice(np.array(values, np.int8), shape)
        return self.rng.integers(-127, 128, shape).astype(np.int8)

    def _products(self, channels: int, products: int, extreme: bool) -> tuple[Array, Requantize]:
        """Bias and factors for sums of so many products, which never leave 32 bits."""
        limit = self._any([1000, 2**20, 2**28]) if extreme else 3000
        bias = self.rng.integers(-limit, limit, channels).astype(np.int32)
        multiplier = self.rng.integers(2**30, 2**31, channels)
        if not extreme:
            usual = -round(np.log2(np.sqrt(products) * 74 * 100 / 50))
            shift = self.rng.integers(usual - 1, usual + 2, channels)
            return bias, Requantize(multiplier.astype(np.int32), shift.astype(np.int32))
        largest = products * 255 * 128 + limit
        highest = 31 - largest.bit_length()
        to_int8 = 7 - largest.bit_length()
        low, high = self._any([(to_int8 - 1, to_int8 + 3), (-31, highest + 1), (highest, highest + 1)])
        shift = np.clip(self.rng.integers(low, high, channels), -31, highest)
        edges = self.rng.choice([2**30, 2**30 + 1, 2**31 - 1], channels)
        return bias, Requantize(np.where(shift % 2, multiplier, edges).astype(np.int32), shift.astype(np.int32))

    def _clamp(self, extreme: bool) -> Clamp:
        return self._any(EXTREME_CLAMPS if extreme else CLAMPS)

    def _any(self, values: Sequence[Any]) -> Any:
        return values[int(self.rng.integers(len(values)))]


def awkward_inputs(shape: Shape) -> Array:
    """Five int8 inputs [5, H, W, C]: noise twice, all -128, all 127, both in turn."""
    noise = np.random.default_rng(11).integers(-128, 128, (2, *shape)).astype(np.int8)
    in_turn = np.where(np.arange(shape.elements) % 2, -128, 127).astype(np.int8)
    edges = np.full((2, *shape), -128, np.int8)
    edges[1] = 127
    return np.concatenate([noise, edges, in_turn.reshape(1, *shape)])
