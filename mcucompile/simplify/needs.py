"""Which channels of each tensor the network's output depends on."""

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Add, AveragePool, Conv2D, DepthwiseConv2D, FullyConnected, Lookup
from mcucompile.ir.tensors import Array
from mcucompile.simplify.products import products_of

Needs = dict[str, Array]
"""For every tensor, bool [C]: the channels that stay."""


def needed_channels(graph: Graph) -> Needs:
    """The channels that must stay for the output's sake; none at all of a tensor that it does not depend on.

    All of the graph's input and output stay. Where an operator carries channels one to one, they stay or go together.
    """
    needs = {name: np.zeros(tensor.shape.c, bool) for name, tensor in graph.types.items()}
    needs[graph.input][:] = needs[graph.output][:] = True
    _spread(graph, needs)
    return needs


def with_one_channel_each(graph: Graph, needs: Needs) -> Needs:
    """`needs`, and the first channel of every tensor that would have none."""
    result = {name: needed.copy() for name, needed in needs.items()}
    for needed in reversed(result.values()):
        if not needed.any():
            needed[0] = True
            _spread(graph, result)
    return result


def _spread(graph: Graph, needs: Needs) -> None:
    """Add to `needs` whatever those in it need."""
    count = -1
    while count != (count := sum(int(needed.sum()) for needed in needs.values())):
        for node in reversed(graph.nodes):
            _spread_through(node, needs)


def _spread_through(node: Node, needs: Needs) -> None:
    output, inputs = needs[node.name], [needs[name] for name in node.inputs]
    match node.operator:
        case Conv2D(groups=1) | FullyConnected() as operator:
            read = products_of(operator, len(inputs[0]))[0, output].any(axis=(0, 1))
            inputs[0] |= read
        case DepthwiseConv2D():
            by_input = output.reshape(len(inputs[0]), -1)
            inputs[0] |= by_input.any(axis=1)
            by_input |= inputs[0][:, np.newaxis]
        case Add() | AveragePool() | Lookup():
            shared = np.logical_or.reduce([output, *inputs])
            for needed in (output, *inputs):
                needed |= shared
        case _:
            for needed in (output, *inputs):
                needed[:] = True
