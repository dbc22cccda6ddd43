"""Runs the rewrites to a fixed point."""

from collections.abc import Callable

from mcucompile.ir.graph import Graph
from mcucompile.simplify.compose_lookups import compose_lookups
from mcucompile.simplify.fold_constant_operands import fold_constant_operands
from mcucompile.simplify.merge_equal_nodes import merge_equal_nodes
from mcucompile.simplify.remove_dead_channels import remove_dead_channels
from mcucompile.simplify.remove_dead_nodes import remove_dead_nodes
from mcucompile.simplify.remove_identities import remove_identities
from mcucompile.simplify.silence_constant_channels import silence_constant_channels
from mcucompile.simplify.tabulate_constant_operand import tabulate_constant_operand

REWRITES: tuple[Callable[[Graph], Graph], ...] = (
    remove_dead_nodes,
    merge_equal_nodes,
    tabulate_constant_operand,
    compose_lookups,
    remove_identities,
    silence_constant_channels,
    fold_constant_operands,
    remove_dead_channels,
)
"""Each leaves a valid graph, gives back the very same one where it finds nothing to do, and else makes it smaller:
fewer nodes, channels, weights that are not zero or inputs of a node. So they come to an end."""


def simplify(graph: Graph) -> Graph:
    """The int8 graph without what its output does not depend on.

    Input and output keep their types, and the output is equal bit for bit for every int8 input. What lies between may
    lose nodes and channels.
    """
    while True:
        before = graph
        for rewrite in REWRITES:
            graph = rewrite(graph)
        if graph is before:
            return graph
