"""What the kernels cannot compute: each limit is one sentence, the check and the error message."""

from collections.abc import Iterator
from dataclasses import dataclass

from mcucompile.errors import Problem, UnsupportedModelError
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import AveragePool, MaxPool, Softmax
from mcucompile.ir.tensors import Shape
from mcucompile.lower.padding import padding_read

SOFTMAX_CHANNELS = 4095
"""A sum of more than 4095 exponentials of 2^19 each (12 bits are dropped of 1.0 = 2^31) leaves 32 bits."""


@dataclass(frozen=True)
class Constraint:
    """sentence: what is allowed. remedy: what to do otherwise."""

    sentence: str
    remedy: str


SOFTMAX_SIZE = Constraint(
    f"a softmax has at most {SOFTMAX_CHANNELS} channels", "leave the softmax out: the largest score stays the largest"
)
POOL_INSIDE = Constraint(
    "every window of a pool covers at least one input element", "take less padding, or a larger kernel"
)
ANY_OPERATOR = Constraint("a network has at least one operator", "give a model that computes something")


def require_supported(graph: Graph) -> None:
    """Raise UnsupportedModelError with everything in `graph` that no kernel can compute."""
    problems = [
        Problem(node.origin or f"%{node.name}", found, constraint.sentence, constraint.remedy)
        for node in graph
        for constraint, found in _violations(node, graph.input_types(node)[0].shape)
    ]
    if graph.output == graph.input:
        problems = [Problem(f"graph {graph.name}", "no operator", ANY_OPERATOR.sentence, ANY_OPERATOR.remedy)]
    if problems:
        raise UnsupportedModelError(problems)


def _violations(node: Node, source: Shape) -> Iterator[tuple[Constraint, str]]:
    match node.operator:
        case Softmax() if source.c > SOFTMAX_CHANNELS:
            yield SOFTMAX_SIZE, f"{source.c} channels"
        case AveragePool(window=window) | MaxPool(window=window):
            pads, kernel = padding_read(window, source, node.type.shape), window.kernel
            if max(pads.top, pads.bottom) >= kernel.h or max(pads.left, pads.right) >= kernel.w:
                yield POOL_INSIDE, f"kernel {kernel} with padding {pads}"
        case _:
            return
