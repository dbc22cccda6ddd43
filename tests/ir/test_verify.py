"""Every kind of malformed graph, with the whole message."""

from dataclasses import replace

import numpy as np
import pytest

from mcucompile.errors import InternalError
from mcucompile.ir.functions import Sigmoid
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    ChannelAffine,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Lookup,
    MaxPool,
    Mul,
    Operator,
    Requantize,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.tensors import Quantization, Shape, TensorType
from mcucompile.ir.verify import verify_graph
from tests.codegen.int8_models import every_kernel_graph
from tests.ir.graphs import every_float_operator, float_graph, ones

ONE = Window(Size2D(1, 1))
INPUT = Shape(2, 2, 4)


def rejected(graph: Graph) -> str:
    with pytest.raises(InternalError) as caught:
        verify_graph(graph)
    (problem,) = caught.value.problems
    assert problem.remedy == "report this as a bug in mcucompile, with the model"
    return f"{problem.where} | {problem.found} | {problem.allowed}"


def one(operator: Operator, inputs: tuple[str, ...] = ("image",)) -> Graph:
    return float_graph("net", INPUT, ("y", operator, inputs))


def int8(operator: Operator) -> Graph:
    graph = one(operator)
    quantization = Quantization(0.5, 0)
    (node,) = graph.nodes
    node = replace(node, type=replace(node.type, quantization=quantization))
    return replace(graph, nodes=(node,), input_type=TensorType(INPUT, quantization))


def test_well_formed_graphs_pass() -> None:
    verify_graph(every_float_operator())
    verify_graph(every_kernel_graph())


def test_names_are_defined_once() -> None:
    graph = one(Clip())
    assert rejected(graph.with_nodes(graph.nodes * 2)) == (
        "%y = clip(%image) : 2x2x4 f32 | %y is defined twice | one definition of each tensor"
    )
    renamed = replace(graph.nodes[0], name="image")
    assert "%image is defined twice" in rejected(graph.with_nodes([renamed], output="image"))


def test_names_are_defined_before_they_are_read() -> None:
    graph = one(Clip())
    late = replace(graph.nodes[0], inputs=("z",))
    assert rejected(graph.with_nodes([late])) == (
        "%y = clip(%z) : 2x2x4 f32 | %z is read before it is defined | nodes in topological order"
    )


def test_the_number_of_inputs() -> None:
    graph = one(Clip())
    assert rejected(graph.with_nodes([replace(graph.nodes[0], inputs=("image", "image"))])) == (
        "%y = clip(%image, %image) : 2x2x4 f32 | 2 inputs | 1"
    )
    assert " | 1 inputs | 2" in rejected(one(Add()))
    assert rejected(one(Concat())) == "%y = concat(%image) : 2x2x4 f32 | 1 inputs | 2 or more"


POOLED = ("small", AveragePool(Window(Size2D(2, 1))), ("image",))


@pytest.mark.parametrize(
    ("operator", "inputs", "allowed"),
    [
        (Add(), ("image", "small"), "2x2x4, 1x2x4 | one shape"),
        (Mul(), ("image", "small"), "2x2x4, 1x2x4 | 2x2x4 or 1x1x4 for the second"),
        (Mul(), ("small", "image"), "1x2x4, 2x2x4 | 1x2x4 or 1x1x4 for the second"),
        (Concat(), ("image", "image", "small"), "2x2x4, 2x2x4, 1x2x4 | one height and width"),
    ],
)
def test_operands_fit_together(operator: Operator, inputs: tuple[str, ...], allowed: str) -> None:
    graph = float_graph("net", INPUT, POOLED, ("y", operator, inputs))
    assert rejected(graph).endswith(f" | operands of {allowed}")


def test_the_output_exists() -> None:
    assert rejected(replace(one(Clip()), output="z")) == "graph net | output %z | a tensor of the graph"


def test_shapes_follow_from_the_inputs() -> None:
    graph = one(Clip())
    wrong = replace(graph.nodes[0], type=TensorType(Shape(2, 2, 5)))
    assert rejected(graph.with_nodes([wrong])) == (
        "%y = clip(%image) : 2x2x5 f32 | shape 2x2x5 | 2x2x4, from its inputs"
    )


def test_no_tensor_is_empty() -> None:
    assert rejected(one(AveragePool(Window(Size2D(3, 1))))) == (
        "%y = average_pool(%image) kernel=3x1 stride=1x1 pad=0,0,0,0 : 0x2x4 f32"
        " | shape 0x2x4 | at least one element each way"
    )


def test_float_and_int8_do_not_mix() -> None:
    graph = one(Clip())
    mixed = replace(graph.nodes[0], type=TensorType(INPUT, Quantization(0.5, 0)))
    assert rejected(graph.with_nodes([mixed])) == (
        "%y = clip(%image) : 2x2x4 s8 scale=0.5 zero_point=0 | float and int8 tensors in one graph | one of the two"
    )


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        (one(Lookup(np.zeros(256, np.int8))), "lookup in this kind of graph"),
        (int8(Clip()), "clip in this kind of graph"),
        (int8(Elementwise(Sigmoid())), "elementwise in this kind of graph"),
        (int8(ChannelAffine(ones(4), ones(4))), "channel_affine in this kind of graph"),
    ],
)
def test_operators_of_the_other_kind_of_graph(graph: Graph, found: str) -> None:
    assert rejected(graph).endswith(f" | {found} | the other kind")


FACTORS = Requantize(np.full(2, 2**30, np.int32), np.zeros(2, np.int32))
WEIGHTS, BIAS = np.ones((2, 1, 1, 4), np.int8), np.ones(2, np.int32)


@pytest.mark.parametrize(
    ("graph", "found", "allowed"),
    [
        (
            one(Conv2D(ONE, ones(2, 1, 1, 4), ones(3))),
            "weights (2, 1, 1, 4) float32, bias (3,) float32",
            "rank 4 and [2], float32 and float32",
        ),
        (
            one(Conv2D(ONE, WEIGHTS, BIAS)),
            "weights (2, 1, 1, 4) int8, bias (2,) int32",
            "rank 4 and [2], float32 and float32",
        ),
        (
            int8(Conv2D(ONE, WEIGHTS, ones(2), requantize=FACTORS)),
            "weights (2, 1, 1, 4) int8, bias (2,) float32",
            "rank 4 and [2], int8 and int32",
        ),
        (one(Conv2D(ONE, ones(2, 1, 1, 3), ones(2))), "4 channels in", "I/groups times groups"),
        (one(Conv2D(ONE, ones(2, 3, 3, 4), ones(2))), "weights unlike the window", "O, kh, kw, I"),
        (one(DepthwiseConv2D(ONE, ones(1, 1, 6), ones(6))), "4 channels in", "a divisor of the channels out"),
        (one(DepthwiseConv2D(ONE, ones(3, 3, 4), ones(4))), "weights unlike the window", "kh, kw, C·M"),
        (one(FullyConnected(ones(3, 15), ones(3))), "16 inputs", "15"),
        (one(ChannelAffine(ones(4), ones(3))), "scale (4,), offset (3,)", "(4,)"),
        (int8(Lookup(np.zeros(255, np.int8))), "table (255,)", "int8 [256]"),
        (int8(Conv2D(ONE, WEIGHTS, BIAS)), "requantize of the other graph kind", "its own kind"),
        (
            one(Conv2D(ONE, ones(2, 1, 1, 4), ones(2), requantize=FACTORS)),
            "requantize of the other graph kind",
            "its own kind",
        ),
        (
            int8(Conv2D(ONE, np.ones((3, 1, 1, 4), np.int8), np.ones(3, np.int32), requantize=FACTORS)),
            "requantize ((2,), (2,))",
            "(3,)",
        ),
        (
            int8(Softmax()),
            "scale=0.5 zero_point=0",
            "scale=0.00390625 zero_point=-128",
        ),
    ],
)
def test_constants(graph: Graph, found: str, allowed: str) -> None:
    assert rejected(graph).endswith(f" | {found} | {allowed}")


@pytest.mark.parametrize(("name", "operator"), [("sum", Add()), ("excite", Mul())])
def test_an_int8_sum_or_product_has_its_factors(name: str, operator: Operator) -> None:
    graph = every_kernel_graph()
    nodes = [replace(node, operator=operator) if node.name == name else node for node in graph]
    assert rejected(graph.with_nodes(nodes)).endswith(" | requantize of the other graph kind | its own kind")


def test_an_int8_product_has_one_factor() -> None:
    graph = every_kernel_graph()
    nodes = [replace(node, operator=Mul(requantize=FACTORS)) if node.name == "excite" else node for node in graph]
    assert rejected(graph.with_nodes(nodes)).endswith(" | requantize ((2,), (2,)) | (1,)")
    assert rejected(float_graph("net", INPUT, ("y", Mul(requantize=FACTORS), ("image", "image")))).endswith(
        " | requantize of the other graph kind | its own kind"
    )


def test_a_concat_keeps_the_quantization_of_all_its_inputs() -> None:
    graph = every_kernel_graph()
    other = {"grouped": Quantization(0.25, 10)}
    nodes = [
        replace(node, type=replace(node.type, quantization=other.get(node.name, node.type.quantization)))
        for node in graph
    ]
    assert rejected(graph.with_nodes(nodes)).endswith(
        " | scale=0.25 zero_point=10 in, scale=0.05 zero_point=10 out | one quantization for both"
    )


@pytest.mark.parametrize("pool", [AveragePool(ONE), MaxPool(ONE)])
def test_a_pool_keeps_the_quantization(pool: Operator) -> None:
    graph = int8(pool)
    other = replace(graph.nodes[0], type=TensorType(INPUT, Quantization(0.25, 1)))
    assert rejected(graph.with_nodes([other])).endswith(
        " | scale=0.5 zero_point=0 in, scale=0.25 zero_point=1 out | one quantization for both"
    )
