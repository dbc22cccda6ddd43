"""Turns average pools that a quantized file rescales into depthwise convolutions, which rescale the exact sum."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import AveragePool, DepthwiseConv2D, Padding
from mcucompile.passes.rewrite import has_one_reader, is_rounding, rewrite


def pool_to_depthwise(graph: Graph) -> Graph:
    """average_pool, then rounding to a finer scale than its input's -> depthwise_conv2d with weights 1 / elements.

    The int8 pool keeps its input's scale, and would round to that first, which can cost several of the finer steps. An
    input scale that is not known yet counts as coarser.
    """
    for node in graph.nodes:
        rounding = graph.by_name.get(node.name)
        pool = None if rounding is None else graph.by_name.get(rounding.inputs[0])
        if rounding is None or pool is None or not is_rounding(rounding) or not has_one_reader(graph, pool.name):
            continue
        convolution = _as_depthwise(graph, pool, rounding)
        if convolution is not None:
            graph = rewrite(graph, {pool.name: convolution}, {rounding.name: pool.name})
    return graph


def _as_depthwise(graph: Graph, pool: Node, rounding: Node) -> Node | None:
    before, after = graph.types[pool.inputs[0]].given, rounding.type.given
    match pool.operator:
        case AveragePool(window=window, clamp=clamp) if window.padding == Padding():
            pass
        case _:
            return None
    is_finer = after is not None and (before is None or after.scale < before.scale)
    if pool.type.given is not None or not is_finer:
        return None
    channels, share = pool.type.shape.c, 1 / (window.kernel.h * window.kernel.w)
    weights = np.full((*window.kernel, channels), share, np.float32)
    operator = DepthwiseConv2D(
        window, weights, np.zeros(channels, np.float32), clamp, weight_scales=np.full(channels, share)
    )
    return replace(pool, operator=operator, type=rounding.type)
