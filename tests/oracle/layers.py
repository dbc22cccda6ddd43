"""Our int8 layers one by one, each fed with another implementation's inputs."""

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.reference.evaluate import apply_int8


def images(shape: list[int], count: int = 4) -> list[Array]:
    """Noise in [0, 1), float32."""
    random = np.random.default_rng(7)
    return [random.random(shape, np.float32) for _ in range(count)]


def differences(graph: Graph, theirs: dict[str, Array]) -> dict[str, int]:
    """The largest difference, in steps, of each layer that both have, fed `theirs` where there is such a tensor."""
    fed = {graph.input: theirs[graph.input]}
    found = {}
    for node in graph:
        ours = apply_int8(graph, node, tuple(fed[name] for name in node.inputs))
        if node.name in theirs:
            found[node.name] = int(np.abs(ours.astype(int) - theirs[node.name]).max())
        fed[node.name] = theirs.get(node.name, ours)
    return found
