from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import ChannelAffine, Clip, Lookup, Requantize
from mcucompile.ir.plan import Linear, Placement, ScratchPlacement
from mcucompile.ir.program import InputMode
from mcucompile.ir.tensors import Quantization, Shape, TensorType, frozen_array
from tests.codegen.int8_models import tiny_graph
from tests.ir.graphs import every_float_operator, ones
from tests.memory.programs import Make, program


def test_arrays_are_read_only_copies() -> None:
    source = np.arange(4, dtype=np.float32)
    operator = ChannelAffine(source, source[::-1])
    source[0] = 9
    assert operator.scale[0] == 0
    assert operator.offset.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        operator.scale[0] = 1
    with pytest.raises(FrozenInstanceError):
        operator.scale = source


def test_a_view_of_writable_memory_is_copied() -> None:
    memory = np.zeros(4, np.int8)
    view = frozen_array(memory[1:3])
    memory[1] = 5
    assert view[0] == 0
    assert frozen_array(view) is view


def test_equality_and_hash_go_by_content() -> None:
    table = np.arange(256).astype(np.int8)
    assert Lookup(table) == Lookup(table.copy())
    assert hash(Lookup(table)) == hash(Lookup(table.copy()))
    assert Lookup(table) != Lookup(table[::-1])
    assert Requantize(ones(2), ones(2)) != Requantize(ones(2), ones(2).astype(np.int32))
    assert Requantize(ones(2), ones(2)) != Requantize(ones(2, 1), ones(2))
    assert Clip() != ChannelAffine(ones(1), ones(1))


def test_graphs_compare_by_content() -> None:
    assert every_float_operator() == every_float_operator()
    assert every_float_operator() != tiny_graph()


def test_quantization_rounds_to_even_and_saturates() -> None:
    quantization = Quantization(0.5, 10)
    real = np.array([0.25, 0.75, -0.25, 1000, -1000], np.float32)
    np.testing.assert_array_equal(quantization.quantize(real), [10, 12, 10, 127, -128])
    np.testing.assert_array_equal(quantization.dequantize(np.array([10, 12], np.int8)), [0, 1])


def test_sizes_in_bytes() -> None:
    assert TensorType(Shape(2, 3, 4)).bytes == 96
    assert TensorType(Shape(2, 3, 4), Quantization(1, 0)).bytes == 24
    assert TensorType(Shape(2, 3, 4), Quantization(1, 0)).row_bytes == 12
    assert Placement(Linear(), 8, 24).end == ScratchPlacement(0, 8, 24).end == 32


def test_a_graph_knows_its_types_and_consumers() -> None:
    graph: Graph = every_float_operator()
    assert list(graph.types)[:3] == ["image", "pad", "grouped"]
    assert [node.name for node in graph.consumers["depthwise"]] == ["twice"]
    assert graph.consumers["probabilities"] == ()
    assert graph.output_type.shape == (1, 1, 3)


def test_an_external_input_is_no_arena_tensor() -> None:
    layer = Make("a", ["x"], Shape(1, 1, 1))
    assert program(Shape(1, 1, 1), layer).arena_tensors == ("x", "a")
    assert program(Shape(1, 1, 1), layer, mode=InputMode.EXTERNAL).arena_tensors == ("a",)


@pytest.mark.parametrize(("shape", "classes"), [((1, 1, 10), 10), ((1, 1, 1), 0), ((4, 4, 10), 0), ((1, 5, 1), 0)])
def test_only_a_vector_of_scores_tells_classes(shape: tuple[int, int, int], classes: int) -> None:
    assert Shape(*shape).classes == classes
