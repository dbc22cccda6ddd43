"""Walking a graph with a rule for each node: the part that the float and the int8 evaluation share."""

from collections.abc import Callable, Iterator

import numpy as np

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.tensors import Array

Rule = Callable[[Graph, Node, tuple[Array, ...]], Array]
"""What a node makes of its inputs, all of them batched [N, H, W, C]."""

Progress = Callable[[int, int], None]
"""Called with the number of samples done and the number of all."""


def walk(graph: Graph, x: Array, rule: Rule) -> Iterator[tuple[str, Array]]:
    """Yield every tensor with its name, the input first; a tensor is let go after its last reader.

    Raises ValueError if x is not [N, H, W, C] of the graph's input.
    """
    if x.ndim != 4 or x.shape[1:] != graph.input_type.shape:
        raise ValueError(f"{graph.name} takes [N, {', '.join(map(str, graph.input_type.shape))}], not {list(x.shape)}")
    alive = {graph.input: x}
    yield graph.input, x
    for node in graph:
        alive[node.name] = rule(graph, node, tuple(alive[name] for name in node.inputs))
        yield node.name, alive[node.name]
        for name in {*node.inputs, node.name}:
            readers = graph.consumers[name]
            if not readers or readers[-1] is node:
                del alive[name]


def run(graph: Graph, x: Array, rule: Rule, batch: int, progress: Progress | None = None) -> Array:
    """The graph's output for all of x, `batch` samples at a time, so that memory stays bounded. x [N >= 1, H, W, C]."""
    outputs = []
    for begin in range(0, len(x), batch):
        outputs += [array for name, array in walk(graph, x[begin : begin + batch], rule) if name == graph.output]
        if progress is not None:
            progress(min(begin + batch, len(x)), len(x))
    return np.concatenate(outputs)
