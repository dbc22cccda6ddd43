"""Fuses activations such as Relu and ReLU6, and roundings of a quantized file, into the layer before them."""

from dataclasses import replace

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Add, AveragePool, Clamp, Clip, Conv2D, DepthwiseConv2D, FullyConnected, MaxPool, Mul
from mcucompile.passes.compose_clamps import compose
from mcucompile.passes.fuse_roundings import can_round_to
from mcucompile.passes.rewrite import has_one_reader, rewrite


def fuse_clip(graph: Graph) -> Graph:
    """A layer that clamps, then clip -> the layer with a tighter clamp, if nobody reads in between."""
    for node in graph.nodes:
        clip = graph.by_name[node.name]
        producer = graph.by_name.get(clip.inputs[0])
        if producer is None or not has_one_reader(graph, producer.name):
            continue
        fused = _fused(graph, producer, clip)
        if fused is not None:
            graph = rewrite(graph, {producer.name: fused}, {clip.name: producer.name})
    return graph


def _fused(graph: Graph, producer: Node, clip: Node) -> Node | None:
    """A layer that is given a quantization before the clip and another after it rounds once instead of twice.

    That is at most a step off if the first is the finer one; otherwise it stays.
    """
    match producer.operator, clip.operator:
        case (
            Conv2D()
            | DepthwiseConv2D()
            | FullyConnected()
            | Add()
            | Mul()
            | AveragePool()
            | MaxPool()
            | Clip() as layer,
            Clip(clamp=clamp),
        ):
            before, after = producer.type.given, clip.type.given or producer.type.given
        case _:
            return None
    if after is not None and not can_round_to(graph, producer, after):
        return None
    if before is not None and before != after:
        assert after is not None
        if before.scale > after.scale:
            return None
        clamp = compose(Clamp(before.low, before.high), clamp)
    fused = replace(layer, clamp=compose(layer.clamp, clamp))
    return replace(producer, operator=fused, type=replace(producer.type, given=after))
