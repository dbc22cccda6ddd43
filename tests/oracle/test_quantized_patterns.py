"""Patterns of quantized files, each as small as possible: what they become; onnxruntime agrees within a step."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import AveragePool, Conv2D, DepthwiseConv2D, FullyConnected, Lookup, MaxPool, Operator
from mcucompile.ir.tensors import Array, Quantization
from mcucompile.passes import optimize
from mcucompile.reference.float32 import evaluate_float
from tests.onnx_models import node, normal
from tests.oracle.quantized_models import (
    CONV,
    END,
    IMAGE,
    IN,
    KERNEL,
    OUT,
    RANDOM,
    WEIGHTS,
    agreed,
    compiled,
    dq,
    operators,
    q,
    written,
)


def weights_of(graph: Graph) -> Array:
    (found,) = [node.operator.weights for node in graph if isinstance(node.operator, Conv2D | FullyConnected)]
    return found


def test_scales_and_weights_stay(tmp_path: Path) -> None:
    graph = agreed([*CONV, *END], tmp_path)
    assert operators(graph) == [Conv2D]
    assert (graph.input_type.quantization, graph.output_type.quantization) == (IN, OUT)
    np.testing.assert_array_equal(weights_of(graph), WEIGHTS["w"].transpose(0, 2, 3, 1))
    assert weights_of(graph).min() == -128


def test_the_float_reference_rounds_as_the_file_says(tmp_path: Path) -> None:
    path = written([q("x", "xq"), dq("xq", "y")], tmp_path)
    x = normal(1, 3, 8, 8) * 5
    (expected,) = onnxruntime.InferenceSession(path).run(None, {"x": x})
    for graph in (import_onnx(path), optimize(import_onnx(path))):
        found = evaluate_float(graph, x.transpose(0, 2, 3, 1))[graph.output]
        np.testing.assert_allclose(found, expected.transpose(0, 2, 3, 1), rtol=1e-6)


def test_uint8_is_told_as_int8(tmp_path: Path) -> None:
    unsigned = {
        "zx": np.uint8(0),
        "zy": np.uint8(132),
        "w": (WEIGHTS["w"].astype(int) + 128).astype(np.uint8),
        "zw": np.full(4, 128, np.uint8),
    }
    expected = agreed([*CONV, *END], tmp_path)
    assert agreed([*CONV, *END], tmp_path, unsigned) == expected


def test_without_a_zero_point_it_is_uint8_and_0(tmp_path: Path) -> None:
    image = [node("QuantizeLinear", ["x", "sx"], ["xq"]), node("DequantizeLinear", ["xq", "sx"], ["xr"])]
    graph = agreed([*image, *CONV[2:], *END], tmp_path)
    assert graph.input_type.quantization == IN


def test_output_dtype_names_the_type_of_a_missing_zero_point(tmp_path: Path) -> None:
    image = [node("QuantizeLinear", ["x", "sx"], ["xq"], output_dtype=TensorProto.INT8), CONV[1]]
    graph = compiled(written([*image, *CONV[2:], *END], tmp_path, {"zx": np.int8(0)}, opset=21)).graph
    assert graph.input_type.quantization == Quantization(IN.scale, 0)


def test_doubled_pairs_and_pairs_for_every_reader_are_one(tmp_path: Path) -> None:
    doubled = [q("c", "c1"), dq("c1", "c2"), q("c2", "c3"), dq("c3", "c4"), node("Flatten", ["c4"], ["f"])]
    again = [q("f", "f1"), dq("f1", "f2"), q("f", "g1"), dq("g1", "g2"), node("Add", ["f2", "g2"], ["a"])]
    graph = agreed([*CONV, *doubled, *again, q("a", "yq", "coarse"), dq("yq", "y", "coarse")], tmp_path)
    assert [node.operator.mnemonic for node in graph] == ["conv2d", "add"]
    assert graph.nodes[1].inputs == (graph.nodes[0].name, graph.nodes[0].name)


def test_integers_may_be_moved(tmp_path: Path) -> None:
    nodes = [*CONV, q("c", "cq"), node("Flatten", ["cq"], ["f"]), dq("f", "y")]
    assert operators(agreed(nodes, tmp_path)) == [Conv2D]


def test_relu_between_pairs_of_one_scale_is_a_clamp(tmp_path: Path) -> None:
    nodes = [*CONV, q("c", "cq"), dq("cq", "cr"), node("Relu", ["cr"], ["r"]), q("r", "yq"), dq("yq", "y")]
    graph = agreed(nodes, tmp_path)
    assert operators(graph) == [Conv2D]
    assert graph.nodes[0].operator.clamp == (4, 127)


def test_relu_before_a_coarser_pair_keeps_the_limits_of_the_finer(tmp_path: Path) -> None:
    relu = [q("c", "cq"), dq("cq", "cr"), node("Relu", ["cr"], ["r"])]
    graph = agreed([*CONV, *relu, q("r", "yq", "coarse", "zr"), dq("yq", "y", "coarse", "zr")], tmp_path)
    assert operators(graph) == [Conv2D]
    highest = round((127 - 4) * 0.05 / 0.11) - 128
    assert graph.nodes[0].operator.clamp == (-128, highest)


def test_relu_before_a_finer_pair_is_a_lookup(tmp_path: Path) -> None:
    relu = [q("c", "cq"), dq("cq", "cr"), node("Relu", ["cr"], ["r"])]
    graph = agreed([*CONV, *relu, q("r", "yq", "fine", "zr"), dq("yq", "y", "fine", "zr")], tmp_path)
    assert operators(graph) == [Conv2D, Lookup]


def test_a_deleted_relu_is_the_zero_point(tmp_path: Path) -> None:
    graph = agreed([*CONV, q("c", "yq", "sy", "zr"), dq("yq", "y", "sy", "zr")], tmp_path)
    assert graph.nodes[0].operator.clamp == (-128, 127)


def test_padding_between_pairs_goes_into_the_convolution(tmp_path: Path) -> None:
    pads = {"pads": np.array([0, 0, 1, 0, 0, 0, 1, 2], np.int64)}
    padded = [node("Pad", ["xr", "pads"], ["p"]), q("p", "pq", "sx", "zx"), dq("pq", "pr", "sx", "zx")]
    graph = agreed([*IMAGE, *padded, *KERNEL, node("Conv", ["pr", "wr"], ["c"]), *END], tmp_path, pads)
    assert operators(graph) == [Conv2D]
    assert graph.nodes[0].operator.window.padding == (1, 1, 0, 2)


def test_rounding_behind_a_max_pool_is_that_of_the_layer_before(tmp_path: Path) -> None:
    pool = node("MaxPool", ["d"], ["c"], kernel_shape=[2, 2])
    graph = agreed([*CONV[:-1], node("Conv", ["xr", "wr"], ["d"]), pool, *END], tmp_path)
    assert operators(graph) == [Conv2D, MaxPool]
    assert graph.nodes[0].type.quantization == OUT


def test_max_pool_with_a_scale_of_its_own(tmp_path: Path) -> None:
    pool = [q("c", "cq"), dq("cq", "cr"), node("MaxPool", ["cr"], ["p"], kernel_shape=[2, 2])]
    graph = agreed([*CONV, *pool, q("p", "yq", "coarse"), dq("yq", "y", "coarse")], tmp_path)
    assert operators(graph) == [Conv2D, MaxPool, Lookup]


def test_weights_may_be_moved_behind_their_dequantization(tmp_path: Path) -> None:
    matrix = RANDOM.integers(-128, 128, (10, 3)).astype(np.int8)
    constants = {"m": matrix, "sm": RANDOM.uniform(0.001, 0.01, 10).astype(np.float32), "zm": np.zeros(10, np.int8)}
    pool = [*IMAGE, node("GlobalAveragePool", ["xr"], ["g"]), q("g", "gq", "sx", "zx"), dq("gq", "gr", "sx", "zx")]
    flat = [*pool, node("Flatten", ["gr"], ["f"]), node("DequantizeLinear", ["m", "sm", "zm"], ["mr"], axis=0)]
    moved = [node("Transpose", ["mr"], ["mt"], perm=[1, 0]), node("MatMul", ["f", "mt"], ["c"])]
    graph = agreed([*flat, *moved, *END], tmp_path, constants)
    assert operators(graph) == [AveragePool, FullyConnected]
    np.testing.assert_array_equal(weights_of(graph), matrix)


@pytest.mark.parametrize("transposed", [0, 1])
def test_gemm_per_channel(transposed: int, tmp_path: Path) -> None:
    matrix = RANDOM.integers(-128, 128, (10, 3)).astype(np.int8)
    stored = matrix if transposed else matrix.T.copy()
    constants = {"m": stored, "sm": RANDOM.uniform(0.001, 0.01, 10).astype(np.float32), "zm": np.zeros(10, np.int8)}
    bias = RANDOM.integers(-5000, 5000, 10).astype(np.int32)
    constants |= {"b": bias, "sb": (constants["sm"] / np.float32(255)), "zb": np.zeros(10, np.int32)}
    axis = 0 if transposed else 1
    layer = [
        node("DequantizeLinear", ["m", "sm", "zm"], ["mr"], axis=axis),
        node("DequantizeLinear", ["b", "sb", "zb"], ["br"], axis=0),
        node("Gemm", ["f", "mr", "br"], ["c"], transB=transposed),
    ]
    pool = [*IMAGE, node("GlobalAveragePool", ["xr"], ["g"]), q("g", "gq", "sx", "zx"), dq("gq", "gr", "sx", "zx")]
    graph = agreed([*pool, node("Flatten", ["gr"], ["f"]), *layer, *END], tmp_path, constants)
    np.testing.assert_array_equal(weights_of(graph), matrix)
    np.testing.assert_array_equal(graph.nodes[-1].operator.bias, bias)


def test_weights_quantized_by_the_file_itself(tmp_path: Path) -> None:
    """As quantization-aware training exports them: float weights, Q, DQ."""
    real = WEIGHTS["w"] * WEIGHTS["sw"].reshape(4, 1, 1, 1)
    kernel = [node("QuantizeLinear", ["v", "sw", "zw"], ["w8"], axis=0)]
    kernel += [node("DequantizeLinear", ["w8", "sw", "zw"], ["wr"], axis=0)]
    graph = agreed([*IMAGE, *kernel, node("Conv", ["xr", "wr"], ["c"]), *END], tmp_path, {"v": real})
    np.testing.assert_array_equal(weights_of(graph), WEIGHTS["w"].transpose(0, 2, 3, 1))


def test_batch_normalization_behind_quantized_weights_keeps_the_integers(tmp_path: Path) -> None:
    names = "gbmv"
    constants = {name: RANDOM.uniform(0.5, 1.5, 4).astype(np.float32) for name in names}
    nodes = [*CONV[:-1], node("Conv", ["xr", "wr"], ["d"]), node("BatchNormalization", ["d", *names], ["c"]), *END]
    graph = agreed(nodes, tmp_path, constants)
    np.testing.assert_array_equal(weights_of(graph), WEIGHTS["w"].transpose(0, 2, 3, 1))


@pytest.mark.parametrize(("scale", "expected"), [("fine", Lookup), ("tiny", DepthwiseConv2D), ("sx", AveragePool)])
def test_pool_with_a_scale_of_its_own(scale: str, expected: type[Operator], tmp_path: Path) -> None:
    pool = [*IMAGE, node("AveragePool", ["xr"], ["p"], kernel_shape=[3, 5])]
    nodes = [*pool, q("p", "yq", scale, "zx"), dq("yq", "y", scale, "zx")]
    graph = agreed(nodes, tmp_path, {"tiny": np.float32(0.0005)})
    assert operators(graph)[-1] is expected


def test_integer_input_and_output(tmp_path: Path) -> None:
    expected = agreed([*CONV, *END], tmp_path)
    path = written([*CONV[1:], q("c", "y")], tmp_path)
    proto = onnx.load(path)
    proto.graph.node[0].input[0] = "x"
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.INT8
    path.write_bytes(proto.SerializeToString())
    found = compiled(path).graph
    assert (found.input_type, found.output_type) == (expected.input_type, expected.output_type)
    assert found.nodes[0].operator == expected.nodes[0].operator


def test_float_islands_are_quantized_with_a_warning(tmp_path: Path) -> None:
    """A convolution that the quantizer left out: float weights, no scale behind it."""
    island = [node("Conv", ["cr", "v"], ["d"]), node("Relu", ["d"], ["y"])]
    path = written([*CONV, q("c", "cq"), dq("cq", "cr"), *island], tmp_path, {"v": normal(5, 4, 1, 1)})
    result = compiled(path)
    assert result.warnings == (
        "the model computes %n6 in floating point and gives no scale: the ranges come from made-up inputs in [0, 1]. "
        "Quantize these tensors as well when you export",
        "the model stores the weights of %n6 in floating point: they are now int8, with a scale for every output",
    )
    assert (result.method, result.calibration_samples, result.sqnr_db) == ("given by the model", 0, None)


def test_asymmetric_weights_are_rounded_again_with_a_warning(tmp_path: Path) -> None:
    weights = np.full((4, 3, 3, 3), 100, np.uint8)
    weights[2] = 255
    path = written([*CONV, *END], tmp_path, {"w": weights, "zw": np.full(4, 100, np.uint8)})
    (warning,) = compiled(path).warnings
    assert warning == (
        "asymmetric weights that do not fit into symmetric int8 are rounded again, in %n3 (1 of 4 outputs): quantize "
        "with symmetric weights (weight_type=QuantType.QInt8) to keep the model's results"
    )
