"""What a network costs: multiply-adds, parameters and weight bytes by layer and by kind, before any C exists."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.shapes import macs
from mcucompile.ir.tensors import Shape

STANDARD, DEPTHWISE, POINTWISE, DENSE, OTHER = "standard", "depthwise", "1x1", "fully connected", "other"


@dataclass(frozen=True)
class LayerCost:
    """One node. weight_bytes: its constants in flash once it is int8 (weights, bias, multipliers, shifts, tables)."""

    name: str
    origin: str
    op: str
    kind: str
    in_shape: Shape
    out_shape: Shape
    macs: int
    parameters: int
    weight_bytes: int


@dataclass(frozen=True)
class NetworkCost:
    """All layers, and what depthwise separable pairs save.

    separable_macs: of every depthwise layer with the 1x1 convolution behind it, D_K²·M·D_F² + M·N·D_F².
    standard_macs: of the standard convolutions they stand for, D_K²·M·N·D_F² (Howard et al. 2017, section 3.1).
    """

    layers: tuple[LayerCost, ...]
    separable_macs: int
    standard_macs: int

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    @property
    def weight_bytes(self) -> int:
        return sum(layer.weight_bytes for layer in self.layers)

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Multiply-adds and parameters of each kind of layer that occurs."""
        macs_of: Counter[str] = Counter()
        parameters_of: Counter[str] = Counter()
        for layer in self.layers:
            macs_of[layer.kind] += layer.macs
            parameters_of[layer.kind] += layer.parameters
        kinds = (STANDARD, DEPTHWISE, POINTWISE, DENSE, OTHER)
        return {kind: (macs_of[kind], parameters_of[kind]) for kind in kinds if kind in macs_of}


def network_cost(graph: Graph) -> NetworkCost:
    """The cost of a graph, float or int8."""
    separable = [_separable_pair(graph, node) for node in graph if isinstance(node.operator, DepthwiseConv2D)]
    return NetworkCost(
        layers=tuple(layer_cost(graph, node) for node in graph),
        separable_macs=sum(pair for pair, _ in separable),
        standard_macs=sum(standard for _, standard in separable),
    )


def layer_cost(graph: Graph, node: Node) -> LayerCost:
    """The cost of one node of `graph`."""
    return LayerCost(
        name=node.name,
        origin=node.origin,
        op=node.operator.mnemonic,
        kind=_kind(node),
        in_shape=graph.types[node.inputs[0]].shape,
        out_shape=node.type.shape,
        macs=macs(graph, node),
        parameters=node.parameters,
        weight_bytes=weight_bytes(node),
    )


def weight_bytes(node: Node) -> int:
    """Bytes of a node's constants as int8 code keeps them: weights 1, bias, multiplier and shift 4 bytes each."""
    match node.operator:
        case Conv2D(weights=weights, bias=bias) | DepthwiseConv2D(weights=weights, bias=bias):
            return int(weights.size) + 12 * int(bias.size)
        case FullyConnected(weights=weights, bias=bias):
            return int(weights.size) + 12 * int(bias.size)
        case operator:
            arrays = (value for value in vars(operator).values() if isinstance(value, np.ndarray))
            return sum(int(array.nbytes) for array in arrays)


def _kind(node: Node) -> str:
    match node.operator:
        case Conv2D(is_pointwise=True):
            return POINTWISE
        case Conv2D():
            return STANDARD
        case DepthwiseConv2D():
            return DEPTHWISE
        case FullyConnected():
            return DENSE
        case _:
            return OTHER


def _separable_pair(graph: Graph, depthwise: Node) -> tuple[int, int]:
    """Multiply-adds of a depthwise layer with its 1x1 convolution, and of the standard one; 0, 0 if not a pair."""
    followers = graph.consumers[depthwise.name]
    if len(followers) != 1 or _kind(followers[0]) != POINTWISE:
        return 0, 0
    pointwise = followers[0]
    return (
        macs(graph, depthwise) + macs(graph, pointwise),
        macs(graph, depthwise) * pointwise.type.shape.c,
    )
