"""Any int8 network gives the same output before and after, whatever its input, and each rewrite leaves it valid."""

import hypothesis
import hypothesis.strategies as st
import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.shapes import macs
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.simplify import simplify
from mcucompile.simplify.intervals import channel_intervals
from mcucompile.simplify.simplify import REWRITES
from tests.simplify.networks import check_same_output, inputs
from tests.simplify.random_graphs import graphs

SETTINGS = hypothesis.settings(max_examples=120, deadline=None)


@SETTINGS
@hypothesis.given(graphs(), st.integers(0, 99))
def test_same_output(graph: Graph, seed: int) -> None:
    simple = simplify(graph)
    check_same_output(graph, simple, seed)
    assert simplify(simple) is simple
    assert sum(macs(simple, node) for node in simple) <= sum(macs(graph, node) for node in graph)
    assert min(tensor.shape.c for tensor in simple.types.values()) >= 1


@SETTINGS
@hypothesis.given(graphs(), st.integers(0, 99))
def test_every_rewrite_by_itself(graph: Graph, seed: int) -> None:
    """Of the graph as it is, and of what the rewrites before left of it."""
    for rewrite in REWRITES:
        check_same_output(graph, rewrite(graph), seed)
        graph = rewrite(graph)


@SETTINGS
@hypothesis.given(graphs(), st.integers(0, 99))
def test_no_value_leaves_its_interval(graph: Graph, seed: int) -> None:
    intervals = channel_intervals(graph)
    for name, tensor in evaluate_int8(graph, inputs(graph, seed)).items():
        assert np.all((tensor >= intervals[name].low) & (tensor <= intervals[name].high)), name
