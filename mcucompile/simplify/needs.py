"""Which channels of each tensor the network's output depends on, and which have to stay beside them."""

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Lookup,
    MaxPool,
    Mean,
    Mul,
)
from mcucompile.ir.tensors import Array
from mcucompile.simplify.products import products_of

Channels = dict[str, Array]
"""For every tensor, bool [C]: some of its channels."""


def needed_channels(graph: Graph) -> Channels:
    """The channels whose values reach the output; none at all of a tensor that it does not depend on.

    All of the graph's input counts as needed, for its shape stays.
    """
    needed = {name: np.zeros(tensor.shape.c, bool) for name, tensor in graph.types.items()}
    needed[graph.input][:] = needed[graph.output][:] = True
    for node in reversed(graph.nodes):
        _need_inputs(node, needed)
    return needed


def kept_channels(graph: Graph, needed: Channels) -> Channels:
    """`needed`, and what has to stay with them, whatever its values: at least one channel of every tensor.

    Where an operator carries channels one to one, they stay or go together on both of its sides.
    """
    kept = {name: channels.copy() for name, channels in needed.items()}
    _keep_together(graph, kept)
    for channels in reversed(kept.values()):
        if not channels.any():
            channels[0] = True
            _keep_together(graph, kept)
    return kept


def _keep_together(graph: Graph, kept: Channels) -> None:
    """Add to `kept` whatever those in it need or are tied to."""
    count = -1
    while count != (count := sum(int(channels.sum()) for channels in kept.values())):
        for node in reversed(graph.nodes):
            _need_inputs(node, kept)
            _tie(node, kept)


def _need_inputs(node: Node, needed: Channels) -> None:
    """Add to the inputs' channels those that the output's are computed from."""
    output, inputs = needed[node.name], [needed[name] for name in node.inputs]
    match node.operator:
        case Conv2D() | DepthwiseConv2D() | FullyConnected() as operator:
            reads = products_of(operator, len(inputs[0])).any(axis=2)
            inputs[0] |= (reads & output.reshape(*reads.shape[:2], 1)).any(axis=1).reshape(-1)
        case Add() | Mul() | AveragePool() | Mean() | MaxPool() | Lookup():
            for channels in inputs:
                channels |= output
        case Concat():
            for channels, part in zip(inputs, _parts(output, inputs), strict=True):
                channels |= part
        case _:
            for channels in inputs:
                channels |= output.any()


def _tie(node: Node, kept: Channels) -> None:
    """Add to both sides' channels those that cannot go while others stay."""
    output, inputs = kept[node.name], [kept[name] for name in node.inputs]
    match node.operator:
        case Conv2D(groups=1) | FullyConnected():
            return
        case DepthwiseConv2D():
            by_input = output.reshape(len(inputs[0]), -1)
            inputs[0] |= by_input.any(axis=1)
            by_input |= inputs[0][:, np.newaxis]
        case Add() | Mul() | AveragePool() | Mean() | MaxPool() | Lookup():
            shared = np.logical_or.reduce([output, *inputs])
            for channels in (output, *inputs):
                channels |= shared
        case Concat():
            for channels, part in zip(inputs, _parts(output, inputs), strict=True):
                channels |= part
                part |= channels
        case _:
            for channels in (output, *inputs):
                channels[:] = True


def _parts(output: Array, inputs: list[Array]) -> list[Array]:
    """Views of a concat's output channels, one for each input."""
    return np.split(output, np.cumsum([len(channels) for channels in inputs])[:-1])
