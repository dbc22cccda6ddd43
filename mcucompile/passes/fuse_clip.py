"""Fuses activations such as Relu and ReLU6 into the layer before them."""

from dataclasses import replace

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Add, AveragePool, Clip, Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.passes.compose_clamps import compose
from mcucompile.passes.rewrite import has_one_reader, rewrite


def fuse_clip(graph: Graph) -> Graph:
    """A layer that clamps, then clip -> the layer with a tighter clamp, if nobody reads in between."""
    for node in graph.nodes:
        clip = graph.by_name[node.name]
        producer = graph.by_name.get(clip.inputs[0])
        if not isinstance(clip.operator, Clip) or producer is None or not has_one_reader(graph, producer.name):
            continue
        match producer.operator:
            case Conv2D() | DepthwiseConv2D() | FullyConnected() | Add() | AveragePool() | Clip() as layer:
                fused = replace(layer, clamp=compose(layer.clamp, clip.operator.clamp))
                graph = rewrite(graph, {producer.name: replace(producer, operator=fused)}, {clip.name: producer.name})
            case _:
                pass
    return graph
