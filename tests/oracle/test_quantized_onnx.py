"""Quantized ONNX against onnxruntime: every layer, fed onnxruntime's own inputs, is at most one step off."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mcucompile.errors import UnsupportedModelError
from mcucompile.importer import import_onnx
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Softmax
from mcucompile.ir.tensors import Array
from mcucompile.ir.verify import verify_graph
from mcucompile.passes import optimize
from mcucompile.quantize import QuantizationResult, quantize
from tests.oracle.layers import differences, images
from tests.oracle.onnx_layers import OnnxLayers

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures" / "quantized").glob("*.onnx"))
DYNAMIC = [path for path in FIXTURES if path.stem.endswith("_dynamic")]
STATIC = [path for path in FIXTURES if path not in DYNAMIC]


def compiled(path: Path) -> QuantizationResult:
    graph = optimize(import_onnx(path))
    verify_graph(graph)
    result = quantize(graph, None)
    verify_graph(result.graph)
    return result


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.stem)
def test_every_layer_agrees(path: Path) -> None:
    result = compiled(path)
    layers = OnnxLayers(path)
    found = differences(result.graph, layers.run(images(layers.input_shape), result.graph))
    # Each node has its tensor in the file, but a softmax that is rescaled behind.
    unmatched = [node for node in result.graph if node.name not in found]
    assert all(isinstance(node.operator, Softmax) for node in unmatched)
    assert result.graph.output in found
    rounded_again = {name for name in found if any(f"%{name} (" in warning for warning in result.warnings)}
    assert not rounded_again or "_wuint8_" in path.stem
    assert max(steps for name, steps in found.items() if name not in rounded_again) <= 1
    assert max((found[name] for name in rounded_again), default=0) <= 5


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.stem)
def test_scales_and_integers_are_those_of_the_file(path: Path) -> None:
    """Every scale and every int8 weight of our graph is in the file."""
    result = compiled(path)
    assert result.method == "given by the model"
    stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    scales = {float(array.reshape(())) for array in stored.values() if array.dtype == np.float32 and array.size == 1}
    for name, tensor in result.graph.types.items():
        softmax = name in result.graph.by_name and isinstance(result.graph.by_name[name].operator, Softmax)
        assert softmax or tensor.quantized().scale in scales
    if "_wuint8_" in path.stem:
        return
    weights = {array.tobytes() for array in map(sorted_, stored.values())}
    for node in result.graph:
        match node.operator:
            case Conv2D(weights=found) | FullyConnected(weights=found) | DepthwiseConv2D(weights=found):
                is_pool = bool(np.all(found == 1))
                assert is_pool or sorted_(found).tobytes() in weights
            case _:
                pass


def sorted_(array: Array) -> Array:
    return np.sort(array, axis=None)


def test_dynamic_quantization_is_refused() -> None:
    (path,) = DYNAMIC
    with pytest.raises(UnsupportedModelError) as caught:
        import_onnx(path)
    problems = caught.value.problems
    refused = ("DynamicQuantizeLinear", "ConvInteger", "MatMulInteger")
    assert {problem.found for problem in problems} == {f"the operator {name}" for name in refused}
    assert all("quantize_static" in problem.remedy for problem in problems)
