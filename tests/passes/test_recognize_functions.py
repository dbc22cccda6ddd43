"""recognize_functions: hard-swish, hard-sigmoid and SiLU in every spelling, and what only looks like them."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from mcucompile.ir.functions import Function, HardSigmoid, HardSwish, Sigmoid, Silu
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import ChannelAffine, Clamp, Clip, Elementwise, Mul, Operator
from mcucompile.ir.tensors import Quantization, Shape
from mcucompile.ir.verify import verify_graph
from mcucompile.passes.recognize_functions import recognize_functions
from mcucompile.passes.remove_dead_nodes import remove_dead_nodes
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import RELU, RELU6, chain
from tests.passes.cases import affine

SHAPE = Shape(3, 3, 2)
SIXTH = affine([1 / 6] * 2, [0, 0])
PLUS_3 = affine([1, 1], [3, 3])
Steps = tuple[tuple[str, Operator, tuple[str, ...]], ...]
RELU6_OF_SUM: Steps = (("sum", PLUS_3, ("x",)), ("gate", Clip(RELU6), ("sum",)))

SPELLINGS: dict[str, tuple[Steps, Function]] = {
    "(x * gate) / 6": ((*RELU6_OF_SUM, ("p", Mul(), ("x", "gate")), ("y", SIXTH, ("p",))), HardSwish()),
    "(gate * x) / 6": ((*RELU6_OF_SUM, ("p", Mul(), ("gate", "x")), ("y", SIXTH, ("p",))), HardSwish()),
    "x * (gate / 6)": ((*RELU6_OF_SUM, ("s", SIXTH, ("gate",)), ("y", Mul(), ("x", "s"))), HardSwish()),
    "(x / 6) * gate": ((*RELU6_OF_SUM, ("s", SIXTH, ("x",)), ("y", Mul(), ("s", "gate"))), HardSwish()),
    "gate * (x / 6)": ((*RELU6_OF_SUM, ("s", SIXTH, ("x",)), ("y", Mul(), ("gate", "s"))), HardSwish()),
    "a clip of (x + 3) / 6": (
        (("h", affine([1 / 6] * 2, [0.5] * 2), ("x",)), ("c", Clip(Clamp(0, 1)), ("h",)), ("y", Mul(), ("c", "x"))),
        HardSwish(),
    ),
    "relu, then a minimum": (
        (
            ("sum", PLUS_3, ("x",)),
            ("relu", Clip(RELU), ("sum",)),
            ("gate", Clip(Clamp(high=6)), ("relu",)),
            ("p", Mul(), ("x", "gate")),
            ("y", SIXTH, ("p",)),
        ),
        HardSwish(),
    ),
    "x * hard_sigmoid(x)": (
        (("h", Elementwise(HardSigmoid(0.2, 0.4)), ("x",)), ("y", Mul(), ("x", "h"))),
        HardSwish(0.2, 0.4),
    ),
    "sigmoid(x) * x": ((("s", Elementwise(Sigmoid()), ("x",)), ("y", Mul(), ("s", "x"))), Silu()),
    "gate / 6": ((*RELU6_OF_SUM, ("y", SIXTH, ("gate",))), HardSigmoid(1 / 6, 0.5)),
    "2 - x, halved": (
        (
            ("sum", affine([-1, -1], [2, 2]), ("x",)),
            ("c", Clip(Clamp(0, 2)), ("sum",)),
            ("y", affine([0.5, 0.5], [0, 0]), ("c",)),
        ),
        HardSigmoid(-0.5, 1),
    ),
}


def assert_same_numbers(before: Graph, after: Graph) -> None:
    verify_graph(after)
    x = np.random.default_rng(0).normal(scale=4, size=(2, *before.input_type.shape)).astype(np.float32)
    expected = evaluate_float(before, x)[before.output]
    np.testing.assert_allclose(evaluate_float(after, x)[after.output], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings(spelling: str) -> None:
    steps, function = SPELLINGS[spelling]
    before = chain(SHAPE, *steps)
    after = remove_dead_nodes(recognize_functions(before))
    (node,) = after.nodes
    assert (node.name, node.inputs) == ("y", ("x",))
    assert isinstance(node.operator, Elementwise)
    found = node.operator.function
    assert type(found) is type(function)
    np.testing.assert_allclose(list(vars(found).values()), list(vars(function).values()), rtol=1e-6)
    assert_same_numbers(before, after)


def test_factors_anywhere() -> None:
    """x, 1/2, 1/3 and the gate, multiplied in any order."""
    half, third = affine([0.5] * 2, [0, 0]), affine([1 / 3] * 2, [0, 0])
    for first, second in permutations((half, third)):
        steps = (("a", first, ("x",)), ("p", Mul(), ("a", "gate")), ("y", second, ("p",)))
        before = chain(SHAPE, *RELU6_OF_SUM, *steps)
        after = remove_dead_nodes(recognize_functions(before))
        assert len(after.nodes) == 1
        assert_same_numbers(before, after)


def test_a_gate_with_other_readers_stays_for_them() -> None:
    steps = (*SPELLINGS["x * (gate / 6)"][0][:3], ("p", Mul(), ("x", "s")), ("y", Mul(), ("p", "s")))
    before = chain(SHAPE, *steps)
    after = remove_dead_nodes(recognize_functions(before))
    kinds = {node.name: getattr(node.operator, "function", None) for node in after}
    assert kinds.keys() == {"s", "p", "y"}
    assert (type(kinds["s"]), type(kinds["p"])) == (HardSigmoid, HardSwish)
    assert_same_numbers(before, after)


UNLIKE: dict[str, Steps] = {
    "not divided by 6": (*RELU6_OF_SUM, ("y", Mul(), ("x", "gate"))),
    "divided by 5": (*RELU6_OF_SUM, ("p", Mul(), ("x", "gate")), ("y", affine([0.2] * 2, [0, 0]), ("p",))),
    "an offset at the end": (*RELU6_OF_SUM, ("y", affine([1 / 6] * 2, [1, 1]), ("gate",))),
    "channels that differ": (
        ("sum", affine([1, 1], [3, 2]), ("x",)),
        ("gate", Clip(RELU6), ("sum",)),
        ("y", SIXTH, ("gate",)),
    ),
    "a limit that is not 0": (("sum", PLUS_3, ("x",)), ("gate", Clip(Clamp(-1, 6)), ("sum",)), ("y", SIXTH, ("gate",))),
    "no upper limit": (("sum", PLUS_3, ("x",)), ("gate", Clip(RELU), ("sum",)), ("y", SIXTH, ("gate",))),
    "a gate of something else": (
        ("z", Clip(Clamp(-1, 1)), ("x",)),
        ("s", Elementwise(Sigmoid()), ("z",)),
        ("y", Mul(), ("x", "s")),
    ),
    "a channel's factor": (
        ("z", affine([1, 2], [0, 0]), ("x",)),
        ("s", Elementwise(Sigmoid()), ("x",)),
        ("y", Mul(), ("z", "s")),
    ),
}


@pytest.mark.parametrize("case", UNLIKE)
def test_what_only_looks_like_it(case: str) -> None:
    graph = chain(SHAPE, *UNLIKE[case])
    assert recognize_functions(graph) == graph


@pytest.mark.parametrize("rounded", ["sum", "gate", "p"])
def test_what_is_rounded_in_between_stays(rounded: str) -> None:
    """A quantized file says what these tensors hold."""
    graph = chain(SHAPE, *SPELLINGS["(x * gate) / 6"][0])
    given = Quantization(0.05, -100)
    nodes = [replace(n, type=replace(n.type, given=given)) if n.name == rounded else n for n in graph]
    graph = graph.with_nodes(nodes)
    assert recognize_functions(graph) == graph


def test_one_channel_of_batch_normalization_before_relu6_is_no_hard_sigmoid() -> None:
    norm = ChannelAffine(np.array([0.5], np.float32), np.array([1], np.float32))
    graph = chain(Shape(3, 3, 1), ("norm", norm, ("x",)), ("y", Clip(RELU6), ("norm",)))
    assert recognize_functions(graph) == graph
