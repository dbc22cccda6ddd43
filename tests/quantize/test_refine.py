"""Corrections from data on a whole network: results whose mean error is zero, and whose squared error is smaller."""

from dataclasses import replace

import numpy as np
import pytest

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Array
from mcucompile.ir.verify import verify_graph
from mcucompile.quantize.activations import choose_quantizations
from mcucompile.quantize.calibration import min_max_ranges
from mcucompile.quantize.convert import convert_graph
from mcucompile.quantize.effort import Effort
from mcucompile.quantize.noise import compare
from mcucompile.quantize.refine import refine
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.reference.float32 import evaluate_float
from tests.float_network import samples, small_network


def quantized(graph: Graph, x: Array) -> Graph:
    return convert_graph(graph, choose_quantizations(graph, min_max_ranges(graph, x)))


def errors(graph: Graph, int8: Graph, x: Array, name: str) -> Array:
    """Int8 minus float results of a tensor, in output steps, [rows, C]."""
    type_ = int8.types[name].quantized()
    found = evaluate_int8(int8, int8.input_type.quantized().quantize(x))[name]
    difference = type_.dequantize(found) - evaluate_float(graph, x)[name]
    return np.asarray(difference.reshape(-1, difference.shape[-1]) / type_.scale)


def biased_network() -> tuple[Graph, Graph, Array]:
    """A float network, its int8 form with every bias shifted by an output step or two, and samples."""
    graph, x = small_network(), samples(64)
    nodes = []
    for node in quantized(graph, x):
        if isinstance(node.operator, Conv2D | DepthwiseConv2D | FullyConnected):
            requantize = node.operator.requantize
            assert requantize is not None
            steps = np.ldexp(2.0, 31 - requantize.shift) / requantize.multiplier
            shifted = (node.operator.bias + steps).astype(np.int32)
            node = replace(node, operator=replace(node.operator, bias=shifted))
        nodes.append(node)
    return graph, quantized(graph, x).with_nodes(nodes), x


@pytest.mark.parametrize("effort", [Effort.NORMAL, Effort.HIGH])
def test_the_mean_error_of_every_channel_is_next_to_nothing(effort: Effort) -> None:
    graph, int8, x = biased_network()
    before = np.abs(errors(graph, int8, x, "pointwise").mean(axis=0))
    after = np.abs(errors(graph, refine(graph, int8, x, effort), x, "pointwise").mean(axis=0))
    assert before.min() > 0.5
    assert after.max() < 0.05


def test_each_step_of_effort_lowers_the_noise() -> None:
    graph, x = small_network(), samples(100)
    int8 = quantized(graph, x)
    noise = [
        compare(graph, refined, samples(200, seed=7)).layer_sqnr_db["logits"] or 0.0
        for refined in (biased_network()[1], int8, refine(graph, int8, x, Effort.HIGH))
    ]
    assert noise == sorted(noise)


def test_only_weights_and_biases_change_and_the_graph_stays_sound() -> None:
    graph, int8, x = biased_network()
    done: list[tuple[int, int]] = []
    refined = refine(graph, int8, x, Effort.HIGH, lambda *step: done.append(step))
    verify_graph(refined)
    assert refined.types == int8.types
    assert [node.inputs for node in refined] == [node.inputs for node in int8]
    assert done == [(index + 1, len(int8.nodes)) for index in range(len(int8.nodes))]
    for before, after in zip(int8, refined, strict=True):
        if isinstance(before.operator, Conv2D | DepthwiseConv2D | FullyConnected):
            assert before.operator.weights.dtype == np.int8
            moved = after.operator.weights.astype(int) - before.operator.weights
            assert np.abs(moved).max() <= 1
        else:
            assert after == before


def test_one_sample_is_enough_to_run() -> None:
    graph, int8, x = biased_network()
    verify_graph(refine(graph, int8, x[:1], Effort.HIGH))
