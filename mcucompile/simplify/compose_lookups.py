"""Makes one table of two in a row."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Lookup


def compose_lookups(graph: Graph) -> Graph:
    """A lookup of a lookup that nobody else reads becomes one lookup, with the table of both."""
    for node in graph:
        first = graph.by_name.get(node.inputs[0])
        if not isinstance(node.operator, Lookup) or first is None or not isinstance(first.operator, Lookup):
            continue
        if len(graph.consumers[first.name]) == 1 and graph.output != first.name:
            table = node.operator.table[first.operator.table.astype(np.int64) + 128]
            composed = replace(node, operator=Lookup(table), inputs=first.inputs)
            return compose_lookups(graph.with_nodes([composed if n is node else n for n in graph if n is not first]))
    return graph
