"""Turns scaling that could not be folded into operators that the int8 graph has."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.functions import Affine
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import ChannelAffine, DepthwiseConv2D, Elementwise, Size2D, Window


def replace_affines(graph: Graph) -> Graph:
    """channel_affine -> 1x1 depthwise_conv2d; where all channels are scaled alike -> elementwise."""
    return graph.with_nodes([_converted(node) for node in graph])


def _converted(node: Node) -> Node:
    match node.operator:
        case ChannelAffine(scale=scale, offset=offset) if np.ptp(scale) == 0 and np.ptp(offset) == 0:
            return replace(node, operator=Elementwise(Affine(float(scale[0]), float(offset[0]))))
        case ChannelAffine(scale=scale, offset=offset):
            weights = scale[np.newaxis, np.newaxis, :]
            return replace(node, operator=DepthwiseConv2D(Window(Size2D(1, 1)), weights, offset))
        case _:
            return node
