"""Activations without data: made-up inputs, brought at every batch normalization to the statistics that it promises."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import ChannelStatistics, Graph, Node
from mcucompile.ir.operators import NO_CLAMP, Clamp
from mcucompile.ir.tensors import Array
from mcucompile.reference.float32 import apply_float
from mcucompile.reference.walk import walk


def walk_normalized(graph: Graph, x: Array) -> Iterator[tuple[str, Array]]:
    """Every tensor in turn, float32 [N, H, W, C]; a channel whose statistics are known has their mean and deviation.

    Layers without statistics compute on what those before them give, so they see inputs of the right spread too.
    """
    return walk(graph, x, _apply)


def _apply(_graph: Graph, node: Node, inputs: tuple[Array, ...]) -> Array:
    if node.statistics is None:
        return apply_float(node.operator, inputs)
    clamp = getattr(node.operator, "clamp", NO_CLAMP)
    # mypy cannot know that an operator with a clamp has a field of that name.
    unclamped = node.operator if clamp == NO_CLAMP else replace(node.operator, clamp=NO_CLAMP)  # type: ignore[call-arg]
    return _normalized(apply_float(unclamped, inputs), node.statistics, clamp)


def _normalized(values: Array, statistics: ChannelStatistics, clamp: Clamp) -> Array:
    mean, deviation = values.mean(axis=(0, 1, 2)), values.std(axis=(0, 1, 2))
    scale = statistics.deviation / np.maximum(deviation, 1e-6 * np.abs(mean) + np.finfo(np.float32).tiny)
    y = (values - mean) * scale + statistics.mean
    result: Array = np.clip(y, clamp.low, clamp.high).astype(np.float32)
    return result
