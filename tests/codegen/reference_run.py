"""An emitted model on this machine, layer by layer against the integer reference."""

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.reference.evaluate import evaluate_int8
from tests.host_model import HostModel, Int8, TraceRecord


def inputs_of(graph: Graph, count: int) -> Int8:
    """All -128, all 127, then noise: int8 [count, H, W, C]."""
    shape = (count, *graph.input_type.shape)
    random = np.random.default_rng(7).integers(-128, 128, shape).astype(np.int8)
    random[0], random[1] = -128, 127
    return random


def assert_matches_reference(model: HostModel, graph: Graph, x: Int8) -> list[TraceRecord]:
    """Every row of every layer, and the model without its trace. Returns what was traced."""
    expected = evaluate_int8(graph, x[np.newaxis])
    output, records = model.trace(x)
    made = {node.name: np.full(node.type.shape, 99, np.int8) for node in graph}
    for record in records:
        node = graph.nodes[record.layer]
        rows = record.data.reshape(-1, *node.type.shape[1:])
        made[node.name][record.row_begin : record.row_end] = rows
    for node in graph:
        np.testing.assert_array_equal(made[node.name], expected[node.name][0], node.name)
    np.testing.assert_array_equal(output, expected[graph.output].ravel())
    np.testing.assert_array_equal(model.run(x), output, "the model as it ships")
    return records
