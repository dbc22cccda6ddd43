"""Random int8 networks with dead and constant channels planted in them."""

import hypothesis.strategies as st
import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
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
    Padding,
    Requantize,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Array, Quantization, Shape, TensorType
from mcucompile.ir.verify import verify_graph
from mcucompile.quantize.convert import add_requantize
from mcucompile.reference.softmax import softmax_factor

LAYERS = ("conv", "conv", "pointwise", "pointwise", "depthwise", "depthwise", "pool", "lookup", "add", "grouped")
LAYERS += ("residual", "residual", "max_pool", "mul", "gate", "concat", "concat")
ZERO_POINTS = (-128, -128, 0, 3, 127)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to eight layers of any kind, then one that reads all of the last tensor, or none."""
    network = Network(draw)
    for _ in range(draw(st.integers(1, 8))):
        network.add(draw(st.sampled_from(LAYERS)))
    head = draw(st.sampled_from(["dense", "softmax", "none"]))
    if head != "none":
        network.add("dense")
    if head == "softmax":
        network.add("softmax")
    graph = network.graph()
    verify_graph(graph)
    return graph


class Network:
    """Grows layer by layer; each reads the last tensor, or any, and its numbers come from a seeded generator."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        shape = Shape(draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 4)))
        self.types = {"x": TensorType(shape, self.quantization())}
        self.nodes: list[Node] = []

    def graph(self) -> Graph:
        return Graph("net", "x", self.types["x"], tuple(self.nodes), self.nodes[-1].name)

    def add(self, kind: str) -> None:
        """One layer; or a residual block of three; or a pool to one pixel and what it scales, channel by channel."""
        if kind in ("residual", "gate"):
            getattr(self, kind)()
            return
        names = list(self.types)
        source = names[-1] if self.draw(st.booleans()) or kind == "softmax" else self.draw(st.sampled_from(names))
        shape, quantization = self.types[source].shape, self.quantization()
        inputs: tuple[str, ...] = (source,)
        operator: Operator
        match kind:
            case "conv" | "pointwise" | "grouped":
                operator = self.conv(shape, kind)
            case "depthwise":
                operator = self.depthwise(shape)
            case "dense":
                outputs = self.draw(st.integers(1, 5))
                weights = self.weights(outputs, shape.h * shape.w, shape.c).reshape(outputs, -1)
                operator = FullyConnected(weights, self.bias(outputs), self.clamp(), self.factors(outputs))
            case "pool" | "max_pool":
                pool = AveragePool if kind == "pool" else MaxPool
                operator, quantization = pool(self.window(shape), self.clamp()), self.types[source].quantized()
            case "concat":
                like = [n for n in names if self.types[n].quantized() == self.types[source].quantized()]
                like = [n for n in like if self.types[n].shape[:2] == shape[:2]]
                inputs = (source, *self.draw(st.lists(st.sampled_from(like), min_size=1, max_size=2)))
                operator, quantization = Concat(), self.types[source].quantized()
            case "lookup":
                operator = Lookup(self.table())
                quantization = self.draw(st.sampled_from([quantization, self.types[source].quantized()]))
            case "softmax":
                operator, quantization = Softmax(*softmax_factor(0.1)), Quantization(1 / 256, -128)
            case "add" | "mul":
                same = [name for name in names if self.types[name].shape == shape]
                operator = self.sum() if kind == "add" else self.product()
                inputs = (source, self.draw(st.sampled_from(same)))
            case _:
                raise AssertionError(kind)
        self.append(kind, operator, inputs, quantization)

    def append(self, kind: str, operator: Operator, inputs: tuple[str, ...], quantization: Quantization) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.types[name] = TensorType(output_shape(operator, [self.types[i].shape for i in inputs]), quantization)
        self.nodes.append(Node(name, operator, inputs, self.types[name]))
        return name

    def residual(self) -> None:
        """The last tensor, and two pointwise convolutions of it, added."""
        source = list(self.types)[-1]
        shape = self.types[source].shape
        middle = self.append("pointwise", self.conv(shape, "pointwise"), (source,), self.quantization())
        back = self.conv(self.types[middle].shape, "pointwise", shape.c)
        block = self.append("pointwise", back, (middle,), self.quantization())
        inputs = self.draw(st.sampled_from([(source, block), (block, source)]))
        self.append("add", self.sum(), inputs, self.quantization())

    def gate(self) -> None:
        """The last tensor scaled, channel by channel, by what a pool and two pointwise convolutions make of it."""
        source = list(self.types)[-1]
        shape, quantization = self.types[source].shape, self.types[source].quantized()
        if self.draw(st.booleans()):
            whole = AveragePool(Window(Size2D(shape.h, shape.w)), self.clamp())
            mean = self.append("pool", whole, (source,), quantization)
        else:
            mean = self.append("mean", Mean(self.clamp(), self.factors(1)), (source,), self.quantization())
        middle = self.append("pointwise", self.conv(self.types[mean].shape, "pointwise"), (mean,), self.quantization())
        back = self.conv(self.types[middle].shape, "pointwise", shape.c)
        factor = self.append("pointwise", back, (middle,), self.quantization())
        self.append("mul", self.product(), (source, factor), self.quantization())

    def sum(self) -> Add:
        return Add(self.clamp(), add_requantize(*self.random.choice([0.1, 0.13, 0.3], 3)))

    def product(self) -> Mul:
        return Mul(self.clamp(), self.factors(1))

    def conv(self, shape: Shape, kind: str, outputs: int | None = None) -> Conv2D:
        groups = shape.c if kind == "grouped" else 1
        outputs = outputs or self.draw(st.integers(1, 3 if groups > 1 else 6)) * groups
        window = Window(Size2D(1, 1)) if kind == "pointwise" else self.window(shape)
        weights = self.weights(outputs, window.kernel.h * window.kernel.w, shape.c // groups)
        weights = weights.reshape(outputs, *window.kernel, shape.c // groups)
        return Conv2D(window, weights, self.bias(outputs), groups, self.clamp(), self.factors(outputs))

    def depthwise(self, shape: Shape) -> DepthwiseConv2D:
        window, outputs = self.window(shape), shape.c * self.draw(st.integers(1, 2))
        weights = np.moveaxis(self.weights(outputs, window.kernel.h * window.kernel.w, 1), 0, 2)
        weights = weights.reshape(*window.kernel, outputs)
        return DepthwiseConv2D(window, weights, self.bias(outputs), self.clamp(), self.factors(outputs))

    def window(self, shape: Shape) -> Window:
        """Fits, and covers at least one element of the input wherever it stands, as pools need it."""
        rows, columns = self.extent(shape.h), self.extent(shape.w)
        padding = Padding(rows[1], rows[2], columns[1], columns[2])
        stride = Size2D(self.draw(st.integers(1, 2)), self.draw(st.integers(1, 2)))
        return Window(Size2D(rows[0], columns[0]), stride, padding)

    def extent(self, size: int) -> tuple[int, int, int]:
        """Kernel, padding before and after, along one axis."""
        kernel = self.draw(st.integers(1, 3))
        before, after = (self.draw(st.integers(0, kernel - 1)) for _ in range(2))
        return kernel, max(before, kernel - size), after

    def weights(self, outputs: int, taps: int, inputs: int) -> Array:
        """int8 [O, T, I] in which whole output channels, input channels and taps may be zero."""
        weights = self.random.integers(-127, 128, (outputs, taps, inputs))
        for axis, share in ((0, 0.3), (1, 0.1), (2, 0.3)):
            dead = self.random.random(weights.shape[axis]) < share
            weights[(slice(None),) * axis + (dead,)] = 0
        return weights.astype(np.int8)

    def bias(self, channels: int) -> Array:
        """Zero, ordinary, or so large that the clamp is always reached."""
        size = self.random.choice([0, 300, 10**6], channels)
        return (size * self.random.uniform(-1, 1, channels)).astype(np.int32)

    def factors(self, channels: int) -> Requantize:
        """Factors from 2^-10 to 4; some are zero."""
        multiplier = np.where(self.random.random(channels) < 0.1, 0, self.random.integers(2**30, 2**31 - 1, channels))
        return Requantize(multiplier.astype(np.int32), self.random.integers(-9, 3, channels).astype(np.int32))

    def clamp(self) -> Clamp:
        low, high = sorted(self.random.integers(-128, 128, 2))
        return Clamp(*self.draw(st.sampled_from([(-128, 127), (-128, 127), (int(low), int(high)), (-np.inf, np.inf)])))

    def table(self) -> Array:
        values = np.arange(-128, 128)
        steps = self.random.integers(-128, 128)
        tables = [values, values.clip(min=steps), self.random.integers(-128, 128, 256), np.full(256, steps)]
        return self.draw(st.sampled_from(tables)).astype(np.int8)

    def quantization(self) -> Quantization:
        return Quantization(0.1, self.draw(st.sampled_from(ZERO_POINTS)))
