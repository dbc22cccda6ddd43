"""Makes a hard-sigmoid the clamp of the layer before it, whose weights take the factor."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.functions import HardSigmoid
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import ChannelAffine, Clamp, Clip, Elementwise
from mcucompile.passes.fold_affine_into_producer import fold
from mcucompile.passes.rewrite import has_one_reader, rewrite


def fold_hard_sigmoid(graph: Graph) -> Graph:
    """Convolution or fully connected layer, then hard-sigmoid -> a scaled layer, then a clip to [0, 1]."""
    for node in graph.nodes:
        producer = graph.by_name.get(node.inputs[0])
        if producer is None or not has_one_reader(graph, producer.name):
            continue
        match node.operator:
            case Elementwise(function=HardSigmoid(alpha=alpha, beta=beta)):
                scale, offset = (np.full(node.type.shape.c, value, np.float32) for value in (alpha, beta))
            case _:
                continue
        folded = fold(producer, ChannelAffine(scale, offset))
        if folded is not None:
            clip = replace(node, operator=Clip(Clamp(0, 1)))
            graph = rewrite(graph, {producer.name: folded, node.name: clip}, {})
    return graph
