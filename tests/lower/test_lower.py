from dataclasses import replace

import pytest

from mcucompile.errors import InternalError, UnsupportedModelError
from mcucompile.ir.operators import AveragePool, Clip, MaxPool, Softmax
from mcucompile.ir.program import InputMode, KernelLibrary, Rows
from mcucompile.ir.tensors import Shape
from mcucompile.ir.text import format_program
from mcucompile.lower import lower
from mcucompile.target import CORES
from tests.codegen.int8_models import GraphBuilder, every_kernel_graph
from tests.conftest import Golden
from tests.lower.int8_nodes import INT8, average_pool, convolution, graph_of, window

M4, M55 = CORES["cortex-m4"], CORES["cortex-m55"]


def test_a_network_with_every_kernel(golden: Golden) -> None:
    bundled = lower(every_kernel_graph(), M4, KernelLibrary.BUNDLED, InputMode.ARENA)
    golden("every_kernel_bundled_m4.txt", format_program(bundled))
    arm = lower(every_kernel_graph(), M55, KernelLibrary.CMSIS_NN, InputMode.EXTERNAL)
    golden("every_kernel_cmsis_nn_m55.txt", format_program(arm))


def test_offsets_and_biases_of_other_operators() -> None:
    layers = lower(every_kernel_graph(), M4, KernelLibrary.BUNDLED, InputMode.ARENA).layers
    by_name = {layer.node.name: layer for layer in layers}
    assert by_name["sum"].input_offsets == (128, 7)
    assert by_name["sum"].overwrites == (0, 1)
    assert by_name["pool"].input_offsets == (0,)
    assert by_name["excite"].input_offsets == (-10, 128)
    assert {name for name, layer in by_name.items() if layer.bias is not None} == {
        *("stem", "depthwise", "pointwise", "grouped", "expand", "hidden", "logits"),
    }
    assert {name: layer.overwrites for name, layer in by_name.items() if layer.overwrites} == {
        **dict.fromkeys(("sum", "square"), (0, 1)),
        **dict.fromkeys(("swish", "gate", "excite", "probabilities"), (0,)),
    }


def test_a_product_of_one_shape_and_one_by_channels() -> None:
    layers = lower(every_kernel_graph(), M55, KernelLibrary.CMSIS_NN, InputMode.ARENA).layers
    kernels = {layer.node.name: layer.kernel for layer in layers}
    assert (kernels["square"], kernels["excite"]) == ("arm_elementwise_mul_s8", "mcu_channel_scale_s8")
    assert (kernels["joined"], kernels["largest"]) == ("mcu_concat_s8", "arm_max_pool_s8")


def test_a_step_makes_all_rows_and_reads_those_it_needs() -> None:
    graph = graph_of(convolution(window((2, 2), stride=(3, 3)), 4, 8), Shape(7, 7, 4))
    (step,) = lower(graph, M4, KernelLibrary.BUNDLED, InputMode.ROWS).steps
    assert step.rows == Rows(0, 2)
    assert step.reads == (Rows(0, 5),)


def test_everything_that_no_kernel_computes_is_named_at_once() -> None:
    builder = GraphBuilder("net", Shape(2, 2, 4096))
    builder.softmax("probabilities")
    builder.add_node("pool", AveragePool(window((1, 2), pad=(1, 0, 0, 0)), INT8))
    builder.add_node("pooled", AveragePool(window((2, 2), pad=(1, 1, 1, 1)), INT8))
    with pytest.raises(UnsupportedModelError) as caught:
        lower(builder.graph(), M4, KernelLibrary.BUNDLED, InputMode.ARENA)
    assert str(caught.value) == (
        "not supported: /probabilities (softmax)\n"
        "  found    4096 channels\n"
        "  allowed  a softmax has at most 4095 channels\n"
        "  do       leave the softmax out: the largest score stays the largest\n"
        "not supported: /pool (average_pool)\n"
        "  found    kernel 1x2 with padding 1,0,0,0\n"
        "  allowed  every window of a pool covers at least one input element\n"
        "  do       take less padding, or a larger kernel"
    )


@pytest.mark.parametrize("kind", [AveragePool, MaxPool])
@pytest.mark.parametrize("pad", [(0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, 2)])
def test_pool_windows_in_the_padding(kind: type[AveragePool | MaxPool], pad: tuple[int, int, int, int]) -> None:
    pool = kind(window((2, 2), pad=pad), INT8)
    with pytest.raises(UnsupportedModelError):
        lower(graph_of(pool, Shape(4, 4, 1)), M4, KernelLibrary.BUNDLED, InputMode.ARENA)


def test_a_network_that_computes_nothing() -> None:
    graph = graph_of(average_pool(window()), Shape(4, 4, 1))
    with pytest.raises(UnsupportedModelError) as caught:
        lower(replace(graph, nodes=(), output="x"), M4, KernelLibrary.BUNDLED, InputMode.ARENA)
    assert str(caught.value) == (
        "not supported: graph one\n"
        "  found    no operator\n"
        "  allowed  a network has at least one operator\n"
        "  do       give a model that computes something"
    )


def test_float_operators_have_no_kernel() -> None:
    graph = graph_of(average_pool(window()), Shape(4, 4, 1))
    (node,) = graph.nodes
    with pytest.raises(InternalError, match="an operator without a kernel"):
        lower(graph.with_nodes([replace(node, operator=Clip())]), M4, KernelLibrary.BUNDLED, InputMode.ARENA)
    largest = GraphBuilder("net", Shape(1, 1, 4095))
    largest.add_node("probabilities", Softmax())
    lower(largest.graph(), M4, KernelLibrary.BUNDLED, InputMode.ARENA)
