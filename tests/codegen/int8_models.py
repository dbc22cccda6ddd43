"""Int8 programs built by hand: seeded weights, every tensor at an address of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mcucompile.codegen import EmitOptions
from mcucompile.ir.graph import Graph, Interface, Node
from mcucompile.ir.operators import (
    Add,
    AddRequantize,
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
from mcucompile.ir.plan import Linear, MemoryPlan, Placement, ScratchPlacement
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode, KernelLibrary, Layer, Program, Rows, Segment, Step
from mcucompile.ir.shapes import input_rows, output_shape
from mcucompile.ir.tensors import Array, Quantization, Shape, TensorType
from mcucompile.ir.verify import verify_graph
from mcucompile.reference.softmax import softmax_factor
from mcucompile.target import find_target

ALIGNMENT = 16
INT8 = Clamp(-128, 127)
PLAIN = Preprocessing()
KERNELS: dict[type[Operator], str] = {
    Conv2D: "arm_convolve_wrapper_s8",
    DepthwiseConv2D: "arm_depthwise_conv_wrapper_s8",
    FullyConnected: "arm_fully_connected_s8",
    Add: "arm_elementwise_add_s8",
    Mul: "arm_elementwise_mul_s8",
    Concat: "mcu_concat_s8",
    AveragePool: "arm_avgpool_s8",
    MaxPool: "arm_max_pool_s8",
    Mean: "mcu_mean_s8",
    Softmax: "arm_softmax_s8",
    Lookup: "mcu_lookup_s8",
}


class GraphBuilder:
    """Adds int8 nodes one after the other; each takes the tensors it names, or the last one."""

    def __init__(self, name: str, shape: Shape, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.name = name
        self.types = {"image": TensorType(shape, Quantization(1 / 255, -128))}
        self.nodes: list[Node] = []

    def add_node(
        self, name: str, operator: Operator, inputs: Sequence[str] = (), zero_point: int | None = None
    ) -> None:
        sources = tuple(inputs) or (list(self.types)[-1],)
        quantization = self.types[sources[0]].quantized()
        if zero_point is not None:
            quantization = Quantization(0.05, zero_point)
        if isinstance(operator, Softmax):
            quantization = Quantization(1 / 256, -128)
        shape = output_shape(operator, [self.types[source].shape for source in sources])
        self.types[name] = TensorType(shape, quantization)
        origin = f"/{name} ({operator.mnemonic})"
        self.nodes.append(Node(name, operator, sources, self.types[name], origin))

    def conv(
        self, name: str, channels: int, window: Window, zero_point: int, clamp: Clamp = INT8, groups: int = 1
    ) -> None:
        depth = self.last_shape.c // groups
        weights = self.int8(channels, *window.kernel, depth)
        factors = self.factors(channels, depth * window.kernel.h * window.kernel.w)
        operator = Conv2D(window, weights, self.bias(channels), groups, clamp, factors)
        self.add_node(name, operator, zero_point=zero_point)

    def depthwise(self, name: str, window: Window, zero_point: int, multiplier: int = 1) -> None:
        channels = self.last_shape.c * multiplier
        weights = self.int8(*window.kernel, channels)
        factors = self.factors(channels, window.kernel.h * window.kernel.w)
        operator = DepthwiseConv2D(window, weights, self.bias(channels), Clamp(-100, 127), factors)
        self.add_node(name, operator, zero_point=zero_point)

    def fully_connected(self, name: str, outputs: int, zero_point: int, per_channel: bool = False) -> None:
        depth = self.last_shape.elements
        factors = self.factors(outputs if per_channel else 1, depth)
        if not per_channel:
            factors = Requantize(factors.multiplier.repeat(outputs), factors.shift.repeat(outputs))
        weights, bias = self.int8(outputs, depth), self.bias(outputs)
        self.add_node(name, FullyConnected(weights, bias, INT8, factors), zero_point=zero_point)

    def add(self, name: str, first: str, second: str, zero_point: int) -> None:
        inputs = Requantize(np.array([2**30 + 5, 2**31 - 1], np.int32), np.array([0, -1], np.int32))
        output = Requantize(np.array([1400000001], np.int32), np.array([-19], np.int32))
        operator = Add(Clamp(-120, 120), AddRequantize(inputs, output))
        self.add_node(name, operator, (first, second), zero_point)

    def mul(self, name: str, first: str, second: str, zero_point: int) -> None:
        factor = Requantize(np.array([1500000001], np.int32), np.array([-6], np.int32))
        self.add_node(name, Mul(Clamp(-125, 119), factor), (first, second), zero_point)

    def concat(self, name: str, *inputs: str) -> None:
        self.add_node(name, Concat(), inputs)

    def max_pool(self, name: str, window: Window) -> None:
        self.add_node(name, MaxPool(window, Clamp(-128, 101)))

    def average_pool(self, name: str, window: Window) -> None:
        self.add_node(name, AveragePool(window, INT8))

    def mean(self, name: str, zero_point: int) -> None:
        """Of inputs that vary by some 40 steps, results that do as well."""
        pixels = self.last_shape.h * self.last_shape.w
        factor = Requantize(np.array([2**30 + 99], np.int32), np.array([1 - round(np.log2(pixels) / 2)], np.int32))
        self.add_node(name, Mean(Clamp(-128, 120), factor), zero_point=zero_point)

    def softmax(self, name: str) -> None:
        scale = self.types[list(self.types)[-1]].quantized().scale
        self.add_node(name, Softmax(*softmax_factor(scale)))

    def lookup(self, name: str, zero_point: int) -> None:
        self.add_node(name, Lookup(self.int8(256)), zero_point=zero_point)

    def graph(self) -> Graph:
        types = list(self.types.items())
        interface = Interface("image", "NHWC")
        graph = Graph(self.name, types[0][0], types[0][1], tuple(self.nodes), types[-1][0], interface)
        verify_graph(graph)
        return graph

    @property
    def last_shape(self) -> Shape:
        return list(self.types.values())[-1].shape

    def int8(self, *shape: int) -> Array:
        return self.rng.integers(-127, 128, shape).astype(np.int8)

    def bias(self, channels: int) -> Array:
        return self.rng.integers(-2000, 2000, channels).astype(np.int32)

    def factors(self, channels: int, products: int) -> Requantize:
        """Factors that bring sums of `products` random products to the range of int8."""
        shift = -round(np.log2(np.sqrt(products) * 74 * 74 / 40))
        multiplier = self.rng.integers(2**30, 2**31, channels).astype(np.int32)
        return Requantize(multiplier, self.rng.integers(shift - 1, shift + 1, channels).astype(np.int32))


def same(kernel: int, stride: int = 1) -> Window:
    """A square window that keeps the size at stride 1."""
    return Window(Size2D(kernel, kernel), Size2D(stride, stride), Padding(*[kernel // 2] * 4))


def tiny_graph() -> Graph:
    """Four layers, small enough to read."""
    builder = GraphBuilder("tiny", Shape(4, 4, 1))
    builder.conv("conv", 2, same(3, stride=2), zero_point=-128)
    builder.average_pool("pool", Window(Size2D(2, 2)))
    builder.fully_connected("logits", 3, zero_point=5)
    builder.softmax("probabilities")
    return builder.graph()


def every_kernel_graph() -> Graph:
    """Every kernel, strides, asymmetric padding, a residual connection."""
    builder = GraphBuilder("net", Shape(9, 8, 3), seed=1)
    window = Window(Size2D(3, 3), Size2D(2, 2), Padding(0, 1, 0, 1))
    builder.conv("stem", 4, window, zero_point=-128, clamp=Clamp(-128, 100))
    builder.depthwise("depthwise", same(3), zero_point=3)
    builder.conv("pointwise", 4, Window(Size2D(1, 1)), zero_point=-7)
    builder.add("sum", "stem", "pointwise", zero_point=-9)
    builder.lookup("swish", zero_point=10)
    builder.max_pool("largest", same(3))
    builder.conv("grouped", 4, Window(Size2D(3, 2), padding=Padding(2, 2, 1, 1), dilation=Size2D(2, 2)), 10, groups=2)
    builder.concat("joined", "swish", "grouped", "largest")
    builder.average_pool("squeeze", Window(Size2D(4, 4)))
    builder.lookup("gate", zero_point=-128)
    builder.mul("excite", "joined", "gate", zero_point=-20)
    builder.mul("square", "excite", "joined", zero_point=-11)
    builder.depthwise("expand", Window(Size2D(2, 3), padding=Padding(1, 0, 1, 1)), zero_point=0, multiplier=2)
    builder.average_pool("pool", Window(Size2D(2, 2), Size2D(2, 2)))
    builder.mean("mean", zero_point=-100)
    builder.fully_connected("hidden", 6, zero_point=-3, per_channel=True)
    builder.fully_connected("logits", 5, zero_point=1)
    builder.softmax("probabilities")
    return builder.graph()


def program_of(graph: Graph, mode: InputMode = InputMode.ARENA, block_rows: int = 0) -> Program:
    """Layers bound to kernels, in order; steps of `block_rows` output rows each, or of whole layers."""
    layers = tuple(_layer(graph, index, node) for index, node in enumerate(graph))
    heights = [layer.node.type.shape.h for layer in layers]
    segments = tuple(Segment(i, i, (min(block_rows or height, height),)) for i, height in enumerate(heights))
    steps = []
    for layer in layers:
        height = layer.node.type.shape.h
        for begin in range(0, height, block_rows or height):
            rows = Rows(begin, min(begin + (block_rows or height), height))
            sources = graph.input_types(layer.node)
            reads = tuple(Rows(*input_rows(layer.node.operator, source.shape, rows)) for source in sources)
            steps.append(Step(layer.index, rows, reads))
    return Program(
        graph.name,
        graph.input,
        graph.input_type,
        mode,
        graph.origin_input,
        layers,
        tuple(steps),
        graph.output,
        ALIGNMENT,
        segments,
    )


def _layer(graph: Graph, index: int, node: Node) -> Layer:
    """Zero points go into the bias where nothing is padded."""
    operator, kernel = node.operator, KERNELS[type(node.operator)]
    offsets = tuple(-source.quantized().zero_point for source in graph.input_types(node))
    bias = getattr(operator, "bias", None)
    if isinstance(operator, FullyConnected) or (isinstance(operator, Conv2D) and operator.is_pointwise):
        sums = operator.weights.reshape(len(operator.weights), -1).sum(axis=1, dtype=np.int32)
        bias, offsets = (bias + offsets[0] * sums).astype(np.int32), (0,)
        assert operator.requantize is not None
        if len(np.unique(operator.requantize.multiplier)) > 1:
            kernel = "arm_convolve_1x1_s8_fast"
    if isinstance(operator, Mul) and len({source.shape for source in graph.input_types(node)}) > 1:
        kernel = "mcu_channel_scale_s8"
    return Layer(index, node, kernel, offsets, bias)


def plan_of(program: Program, scratch_bytes: int = 0) -> MemoryPlan:
    """Every tensor at an address of its own; step 0 gets `scratch_bytes` of scratch behind them."""
    placements, end = {}, 0
    for name in program.arena_tensors:
        size = program.types[name].bytes
        placements[name] = Placement(Linear(), end, size)
        end += -(-size // ALIGNMENT) * ALIGNMENT
    scratch = (ScratchPlacement(0, end, scratch_bytes),) if scratch_bytes else ()
    end += -(-scratch_bytes // ALIGNMENT) * ALIGNMENT
    return MemoryPlan(placements, scratch, end, end)


def with_kernel(program: Program, node: str, kernel: str) -> Program:
    """The program with the layer of `node` bound to another kernel."""
    layers = tuple(replace(layer, kernel=kernel) if layer.node.name == node else layer for layer in program.layers)
    return replace(program, layers=layers)


def options(
    name: str,
    target: str = "cortex-m4",
    library: KernelLibrary = KernelLibrary.BUNDLED,
    preprocessing: Preprocessing = PLAIN,
) -> EmitOptions:
    return EmitOptions(name, find_target(target), library, preprocessing, 0x12345678)
