"""The same function in numbers that post-training quantization can hardly tell apart."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import NO_CLAMP, Clamp, Conv2D, DepthwiseConv2D

RELU = Clamp(0, np.inf)


def hostile(graph: Graph, seed: int = 0) -> Graph:
    """Every depthwise channel times 10^-3 to 10^3, undone by the weights of the pointwise layer behind.

    All ReLU6 become ReLU, so that the function has nothing that could tell.
    """
    random = np.random.default_rng(seed)
    nodes = dict(graph.by_name)
    for name, node in nodes.items():
        match node.operator:
            case Conv2D(clamp=clamp) | DepthwiseConv2D(clamp=clamp) as layer if clamp != NO_CLAMP:
                nodes[name] = replace(node, operator=replace(layer, clamp=RELU))
    for name in graph.by_name:
        depthwise, reader = nodes[name], next(iter(graph.consumers[name]), None)
        if reader is None:
            continue
        match depthwise.operator, nodes[reader.name].operator:
            case DepthwiseConv2D() as first, Conv2D() as second:
                s = (10 ** random.uniform(-3, 3, len(first.bias))).astype(np.float32)
                spread = depthwise.statistics and depthwise.statistics.scaled(s, np.zeros_like(s))
                scaled = replace(first, weights=first.weights * s, bias=first.bias * s)
                nodes[name] = replace(depthwise, operator=scaled, statistics=spread)
                undone = replace(second, weights=second.weights / s)
                nodes[reader.name] = replace(nodes[reader.name], operator=undone)
    return graph.with_nodes([nodes[name] for name in graph.by_name])
