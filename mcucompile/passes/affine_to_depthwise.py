"""Turns scaling that could not be folded into a depthwise convolution, which computes exactly that."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import ChannelAffine, DepthwiseConv2D, Size2D, Window


def affine_to_depthwise(graph: Graph) -> Graph:
    """channel_affine -> 1x1 depthwise_conv2d."""
    return graph.with_nodes([_as_depthwise(node) for node in graph])


def _as_depthwise(node: Node) -> Node:
    match node.operator:
        case ChannelAffine(scale=scale, offset=offset):
            weights = scale[np.newaxis, np.newaxis, :]
            return replace(node, operator=DepthwiseConv2D(Window(Size2D(1, 1)), weights, offset))
        case _:
            return node
