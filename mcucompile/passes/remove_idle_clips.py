"""Removes clips that never change a value, because what they read is within their limits already."""

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    NO_CLAMP,
    Add,
    AveragePool,
    Clamp,
    Clip,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
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
        case Conv2D(clamp=clamp) | DepthwiseConv2D(clamp=clamp) | FullyConnected(clamp=clamp):
            return clamp
        case Clip(clamp=clamp) | AveragePool(clamp=clamp):
            return compose(inputs[0], clamp)
        case Add(clamp=clamp):
            return compose(Clamp(sum(x.low for x in inputs), sum(x.high for x in inputs)), clamp)
        case Softmax():
            return Clamp(0.0, 1.0)
        case _:
            return NO_CLAMP
