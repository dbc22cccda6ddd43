"""The range of what only a function with flat ends reads: where hard-swish is 0, its input needs no steps."""

from collections.abc import Mapping

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Elementwise
from mcucompile.quantize.ranges import Range
from mcucompile.reference.functions import apply_function

GRID = 1024


def narrow_flat_ends(graph: Graph, ranges: Mapping[str, Range]) -> dict[str, Range]:
    """`ranges`, but that no range reaches into the flat ends of the function that is all that reads its tensor."""
    narrowed = dict(ranges)
    for node in graph:
        source = node.inputs[0]
        if isinstance(node.operator, Elementwise) and len(graph.consumers[source]) == 1 and source != graph.output:
            grid = np.linspace(*ranges[source].with_zero(), GRID, dtype=np.float32)
            values = apply_function(node.operator.function, grid)
            varied = np.flatnonzero(np.diff(values))
            if varied.size:
                narrowed[source] = Range(float(grid[varied[0]]), float(grid[varied[-1] + 1]))
    return narrowed
