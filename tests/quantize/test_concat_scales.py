"""A concat and what it joins have one quantization: shared where that is free, by a table elsewhere."""

from dataclasses import replace

import numpy as np

from mcucompile.ir.functions import Silu
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Add, AveragePool, Concat, Conv2D, Elementwise, Lookup, Operator
from mcucompile.ir.tensors import Quantization, Shape
from mcucompile.ir.verify import verify_graph
from mcucompile.quantize.activations import choose_quantizations
from mcucompile.quantize.convert import convert_graph
from mcucompile.quantize.noise import compare
from mcucompile.quantize.ranges import Range
from mcucompile.quantize.synthetic import synthetic_ranges
from mcucompile.reference.evaluate import evaluate_int8
from tests.float_network import ONE, RELU6, chain

SHAPE = Shape(2, 2, 2)
CONV = Conv2D(ONE, np.eye(2, dtype=np.float32).reshape(2, 1, 1, 2), np.zeros(2, np.float32))
WIDE = Quantization(0.2, -128)


def network(*inputs: str, extra: tuple[tuple[str, Operator, tuple[str, ...]], ...] = ()) -> Graph:
    """Two convolutions and a pool of the input, some of them joined; `extra` nodes stand in front of the concat."""
    return chain(
        SHAPE,
        ("narrow", CONV, ("x",)),
        ("wide", CONV, ("x",)),
        ("pool", AveragePool(ONE), ("x",)),
        *extra,
        ("y", Concat(), inputs),
    )


def ranges(graph: Graph) -> dict[str, Range]:
    return dict.fromkeys(graph.types, Range(0, 51)) | {"narrow": Range(0, 17), "x": Range(0, 12.75)}


def converted(graph: Graph) -> Graph:
    int8 = convert_graph(graph, choose_quantizations(graph, ranges(graph)))
    verify_graph(int8)
    return int8


def test_producers_that_nobody_else_reads_share_the_scale() -> None:
    graph = network("narrow", "wide")
    chosen = choose_quantizations(graph, ranges(graph))
    assert chosen["narrow"] == chosen["wide"] == chosen["y"] == WIDE
    assert [node.name for node in converted(graph)] == ["narrow", "wide", "pool", "y"]


def test_others_get_a_table() -> None:
    """Pools keep their input's scale, and what has another reader keeps its own."""
    extra = (("other", Add(), ("narrow", "narrow")), ("sum", Add(), ("other", "other")))
    graph = converted(network("pool", "narrow", "wide", "x", "sum", extra=extra))
    joined = graph.by_name["y"]
    assert joined.inputs == ("pool_rescaled", "narrow_rescaled", "wide", "x_rescaled", "sum")
    assert {graph.types[name].quantization for name in joined.inputs} == {WIDE}
    table = graph.by_name["narrow_rescaled"].operator
    assert isinstance(table, Lookup)
    # A step is a third of a step of the output.
    assert table.table[:6].tolist() == [-128, -128, -127, -127, -127, -126]


def test_a_tensor_joined_twice_is_rescaled_once() -> None:
    extra = (("z", Concat(), ("pool", "pool")),)
    graph = converted(network("pool", "z", "pool", extra=extra))
    assert [node.name for node in graph if isinstance(node.operator, Lookup)] == ["pool_rescaled"]


def test_a_concat_of_concats_shares_with_all() -> None:
    graph = network("z", "wide", extra=(("z", Concat(), ("narrow", "pool")),))
    found = ranges(graph) | {"z": Range(0, 17)}
    chosen = choose_quantizations(graph, found)
    assert chosen["narrow"] == chosen["z"] == WIDE


def test_the_output_and_given_scales_stay() -> None:
    graph = network("narrow", "wide")
    assert choose_quantizations(replace(graph, output="narrow"), ranges(graph))["narrow"] == Quantization(
        17 / 255, -128
    )
    given = Quantization(0.15, -128)
    nodes = [replace(n, type=replace(n.type, given=given)) if n.name == "narrow" else n for n in graph]
    assert choose_quantizations(graph.with_nodes(nodes), ranges(graph))["narrow"] == given


def test_a_coarser_scale_stays_because_arithmetic_needs_it() -> None:
    graph = network("narrow", "wide")
    found = ranges(graph) | {"y": Range(0, 1e-9), "narrow": Range(0, 1e-9), "wide": Range(0, 1e-9)}
    chosen = choose_quantizations(graph, found)
    assert chosen["narrow"].scale > chosen["y"].scale
    int8 = convert_graph(graph, chosen)
    verify_graph(int8)
    assert int8.by_name["y"].inputs == ("narrow_rescaled", "wide_rescaled")


def test_names_stay_unique() -> None:
    graph = converted(network("pool", "pool_rescaled", extra=(("pool_rescaled", Elementwise(Silu()), ("x",)),)))
    assert graph.by_name["y"].inputs[0] == "pool_rescaled_"


def test_without_data_a_concat_has_the_range_of_what_it_joins() -> None:
    six = replace(CONV, clamp=RELU6)
    graph = chain(SHAPE, ("six", six, ("x",)), ("wide", CONV, ("x",)), ("y", Concat(), ("six", "wide")))
    found = synthetic_ranges(graph, Range(-1, 1))
    assert found["y"] == Range(found["wide"].low, 6.0)


def test_noise_is_told_of_the_float_graphs_tensors() -> None:
    graph = network("pool", "wide")
    x = np.random.default_rng(0).uniform(0, 12, (4, *SHAPE)).astype(np.float32)
    assert list(compare(graph, converted(graph), x).layer_sqnr_db) == list(graph.types)


def test_channels_come_one_after_the_other() -> None:
    graph = converted(network("wide", "narrow"))
    x = np.random.default_rng(0).integers(-128, 128, (2, *SHAPE)).astype(np.int8)
    tensors = evaluate_int8(graph, x)
    np.testing.assert_array_equal(tensors["y"][..., :2], tensors["wide"])
    np.testing.assert_array_equal(tensors["y"][..., 2:], tensors["narrow"])
