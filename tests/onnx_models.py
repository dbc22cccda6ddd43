"""Small ONNX models made in a test, and onnxruntime as the oracle of what they mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.ir.verify import verify_graph
from mcucompile.passes import optimize
from mcucompile.reference.float32 import evaluate_float

TOLERANCE = 1e-4
"""Of the output's range."""

node = helper.make_node


def model(
    nodes: Sequence[NodeProto],
    constants: Mapping[str, Array] | None = None,
    shape: Sequence[int | str] = (1, 3, 8, 8),
    opset: int = 17,
    output: str = "y",
) -> ModelProto:
    """Input x float32 of `shape`; the output's shape is left open."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()],
    )
    domains = {"": opset} | {n.domain: 1 for n in nodes if n.domain}
    imports = [helper.make_opsetid(domain, version) for domain, version in domains.items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def imported(proto: ModelProto, folder: Path) -> Graph:
    """Through a file called model.onnx."""
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return import_onnx(path)


def assert_same_as_onnxruntime(path: Path, seed: int = 0) -> Graph:
    """The imported and the optimized graph agree with onnxruntime; returns the optimized one."""
    graph = import_onnx(path)
    verify_graph(graph)
    optimized = optimize(graph)
    verify_graph(optimized)

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    shape = [size if isinstance(size, int) else 1 for size in source.shape]
    x = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    (expected,) = session.run([graph.origin_output.name], {source.name: x})
    batch = shape[0] if "N" in graph.origin_input.axes else 1
    for candidate in (graph, optimized):
        found = evaluate_float(candidate, to_nhwc(x, graph.origin_input.axes, (batch, *graph.input_type.shape)))
        wanted = to_nhwc(expected, graph.origin_output.axes, (batch, *graph.output_type.shape))
        error = np.abs(found[candidate.output] - wanted).max()
        # A few float32 roundings are right as well where all outputs are nearly the same.
        assert error <= TOLERANCE * max(float(np.ptp(wanted)), 0.01 * float(np.abs(wanted).max()), 1e-3)
    return optimized


def to_nhwc(array: Array, axes: str, shape: Sequence[int]) -> Array:
    """Bring an array of ONNX to N, H, W, C; `axes` are its axes' letters, a flattened axis having several."""
    size = dict(zip("NHWC", shape, strict=True))
    apart = array.reshape([size[letter] for letter in axes])
    order = [axes.index(letter) for letter in "NHWC" if letter in axes]
    return np.ascontiguousarray(apart.transpose(order).reshape(shape))


def check(
    nodes: Sequence[NodeProto],
    constants: Mapping[str, Array] | None,
    folder: Path,
    shape: Sequence[int | str] = (1, 3, 8, 8),
    opset: int = 17,
) -> Graph:
    """`assert_same_as_onnxruntime` for a model made here."""
    path = folder / "model.onnx"
    path.write_bytes(model(nodes, constants, shape, opset).SerializeToString())
    return assert_same_as_onnxruntime(path)


def normal(*shape: int, seed: int = 0) -> Array:
    """Reproducible float32 weights."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)
