"""The graphs of these tests by name: each has many layers, so that one boot proves many cases."""

from dataclasses import replace
from functools import cache

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.quantize import Effort, quantize
from tests.emulator.arm_trap_graph import arm_trap_graph
from tests.emulator.packed_graph import packed_graph
from tests.emulator.pointwise_graph import pointwise_graph
from tests.emulator.random_graphs import random_graph
from tests.emulator.taps_graph import taps_graph
from tests.emulator.vector_graph import vector_graph
from tests.emulator.window_graph import window_graph
from tests.memory.zoo_programs import network

LAYERS = 50


@cache
def graph_called(name: str) -> Graph:
    """The graph of Arm's "traps", that of "vectors", "packed", "pointwise", "windows" or "taps", or "random-SEED"."""
    named = {
        "traps": arm_trap_graph,
        "vectors": vector_graph,
        "packed": packed_graph,
        "pointwise": pointwise_graph,
        "windows": window_graph,
        "taps": taps_graph,
    }
    return named[name]() if name in named else random_graph(int(name.removeprefix("random-")), LAYERS)


@cache
def zoo_graph(name: str, alpha: float, resolution: int) -> Graph:
    """A network of the zoo with all channels kept, quantized without data."""
    return replace(quantize(network(name, alpha, resolution), None, effort=Effort.LOW).graph, name="net")


def noise(graph: Graph) -> Array:
    """One input, int8 [1, H, W, C]."""
    return np.random.default_rng(0).integers(-128, 128, (1, *graph.input_type.shape)).astype(np.int8)
