"""The graphs of these tests by name: each has many layers, so that one boot proves many cases."""

from functools import cache

from mcucompile.ir.graph import Graph
from tests.emulator.arm_trap_graph import arm_trap_graph
from tests.emulator.packed_graph import packed_graph
from tests.emulator.random_graphs import random_graph
from tests.emulator.vector_graph import vector_graph

LAYERS = 50


@cache
def graph_called(name: str) -> Graph:
    """The graph of Arm's "traps", that of "vectors", of "packed" pixels, or "random-SEED"."""
    if name.startswith("random-"):
        return random_graph(int(name.removeprefix("random-")), LAYERS)
    return {"traps": arm_trap_graph, "vectors": vector_graph, "packed": packed_graph}[name]()
