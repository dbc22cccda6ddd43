"""The graphs of these tests by name: each has many layers, so that one boot proves many cases."""

from functools import cache

from mcucompile.ir.graph import Graph
from tests.emulator.arm_trap_graph import arm_trap_graph
from tests.emulator.pointwise_graph import pointwise_graph
from tests.emulator.random_graphs import random_graph
from tests.emulator.vector_graph import vector_graph
from tests.emulator.window_graph import window_graph

LAYERS = 50


@cache
def graph_called(name: str) -> Graph:
    """The graph of Arm's "traps", that of "vectors", "pointwise" or "windows", or "random-SEED"."""
    named = {
        "traps": arm_trap_graph,
        "vectors": vector_graph,
        "pointwise": pointwise_graph,
        "windows": window_graph,
    }
    return named[name]() if name in named else random_graph(int(name.removeprefix("random-")), LAYERS)
