"""Removes clips that never change a value, because what they read is within their limits already."""

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    NO_CLAMP,
    Add,
    AveragePool,
    Clamp,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    MaxPool,
    Mul,
    Softmax,
)
from mcucompile.passes.compose_clamps import compose
from mcucompile.passes.rewrite import rewrite


def remove_idle_clips(graph: Graph) -> Graph:
    """A clip within whose limits its input always lies -> nothing."""
    limits = {graph.input: NO_CLAMP}
    aliases: dict[str, str] = {}
    for node in graph:
        before = limits[node.inputs[0]]
        limits[node.name] = after = _limits(node, [limits[name] for name in node.inputs])
        if isinstance(node.operator, Clip) and after == before and node.type.given is None:
            aliases[node.name] = aliases.get(node.inputs[0], node.inputs[0])
    return rewrite(graph, {}, aliases)


def _limits(node: Node, inputs: list[Clamp]) -> Clamp:
    """Between which numbers the node's result lies, if its inputs lie within `inputs`."""
    match node.operator:
        case Conv2D(clamp=clamp) | DepthwiseConv2D(clamp=clamp) | FullyConnected(clamp=clamp) | Mul(clamp=clamp):
            return clamp
        case Clip(clamp=clamp) | AveragePool(clamp=clamp) | MaxPool(clamp=clamp):
            return compose(inputs[0], clamp)
        case Add(clamp=clamp):
            return compose(Clamp(sum(x.low for x in inputs), sum(x.high for x in inputs)), clamp)
        case Concat():
            return Clamp(min(x.low for x in inputs), max(x.high for x in inputs))
        case Elementwise(function=function):
            return Clamp(function.low, function.high)
        case Softmax():
            return Clamp(0.0, 1.0)
        case _:
            return NO_CLAMP
