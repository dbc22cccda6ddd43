"""Merges scaling with scaling, and drops scaling by one."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import ChannelAffine
from mcucompile.passes.rewrite import has_one_reader, rewrite


def merge_channel_affines(graph: Graph) -> Graph:
    """channel_affine then channel_affine -> one; one that changes nothing -> none."""
    for node in graph.nodes:
        operator = graph.by_name[node.name].operator
        if not isinstance(operator, ChannelAffine):
            continue
        if np.all(operator.scale == 1) and np.all(operator.offset == 0):
            graph = rewrite(graph, {}, {node.name: graph.by_name[node.name].inputs[0]})
            continue
        first = graph.by_name.get(graph.by_name[node.name].inputs[0])
        if first is None or not isinstance(first.operator, ChannelAffine) or not has_one_reader(graph, first.name):
            continue
        scale, offset = operator.scale.astype(np.float64), operator.offset.astype(np.float64)
        merged = ChannelAffine(
            (first.operator.scale * scale).astype(np.float32),
            (first.operator.offset * scale + offset).astype(np.float32),
        )
        scaled = None if first.statistics is None else first.statistics.scaled(scale, offset)
        statistics = node.statistics or scaled
        parameters = first.parameters + node.parameters
        both = replace(first, operator=merged, parameters=parameters, statistics=statistics)
        graph = rewrite(graph, {first.name: both}, {node.name: first.name})
    return graph
