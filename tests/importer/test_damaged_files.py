"""A damaged file gives an error of ours or a valid graph, never a traceback."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from mcucompile.errors import UnsupportedModelError, UsageError
from mcucompile.importer import import_onnx
from mcucompile.ir.verify import verify_graph
from mcucompile.passes import optimize
from tests.onnx_models import imported, model, node

FIXTURES = Path(__file__).parent.parent / "fixtures"
NAMES = ("torch_padding_opset13_batch", "dynamo_view_opset18_raw_batch", "keras_flatten_opset15_batch")


@pytest.mark.parametrize("name", NAMES)
def test_bytes_changed(name: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    original = (FIXTURES / f"{name}.onnx").read_bytes()
    path = tmp_path / "model.onnx"
    for _ in range(60):
        data = bytearray(original)
        for position in random.integers(len(data), size=random.integers(1, 4)):
            data[position] = random.integers(256)
        path.write_bytes(data)
        with suppress(UsageError, UnsupportedModelError):
            graph = import_onnx(path)
            verify_graph(graph)
            verify_graph(optimize(graph))


def test_malformed_tensor_in_an_attribute(tmp_path: Path) -> None:
    value = helper.make_tensor("v", TensorProto.FLOAT, [2], [1.0, 2.0])
    value.dims[0] = 3
    nodes = [node("Constant", [], ["c"], value=value, name="constant"), node("Add", ["x", "c"], ["y"])]
    with pytest.raises(UnsupportedModelError) as caught:
        imported(model(nodes), tmp_path)
    (problem,) = caught.value.problems
    assert (problem.where, problem.found) == (
        "model.onnx: node 'constant' (Constant)",
        "a malformed tensor in attribute value",
    )
