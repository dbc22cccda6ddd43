"""Files that ONNX and onnxruntime accept, activations of a sane size, the same bytes for the same seed."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import ModelProto, helper, numpy_helper

from mcucompile.cost import network_cost
from mcucompile.importer import import_onnx
from mcucompile.ir.tensors import Array
from mcucompile.passes import optimize
from mcucompile.reference.float32 import run_float
from mcucompile.zoo import NETWORKS, build_network
from tests.onnx_models import TOLERANCE, to_nhwc

SMALL: dict[str, dict[str, Any]] = {
    "mobilenet_v1": {"alpha": 0.25, "resolution": 64},
    "mobilenet_v2": {"alpha": 0.35, "resolution": 64},
    "mobilenet_v3_small": {"alpha": 0.5, "resolution": 64},
    "mobilenet_v3_large": {"alpha": 0.35, "resolution": 64},
    "ds_cnn": {},
    "resnet8": {},
    "squeezenet": {"resolution": 64, "classes": 10},
    "googlenet": {"resolution": 64, "classes": 10},
}
"""alexnet and vgg16 have too many weights for a test; their layers are those of the others."""

IMPORTED = ("mobilenet_v1", "mobilenet_v2", "ds_cnn", "resnet8")


def pixels(shape: list[Any], seed: int = 0) -> Array:
    return np.random.default_rng(seed).random([4, *shape[1:]], dtype=np.float32)


def all_tensors(model: ModelProto) -> dict[str, Array]:
    """What onnxruntime computes for every node."""
    names = [node.output[0] for node in model.graph.node]
    traced = ModelProto()
    traced.CopyFrom(model)
    del traced.graph.output[:]
    traced.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    session = onnxruntime.InferenceSession(traced.SerializeToString(), providers=["CPUExecutionProvider"])
    x = pixels(session.get_inputs()[0].shape)
    return dict(zip(names, session.run(names, {"input": x}), strict=True))


@pytest.mark.parametrize("name", SMALL)
def test_a_valid_file(name: str) -> None:
    model = build_network(name, **SMALL[name])
    onnx.checker.check_model(model, full_check=True)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]
    batches = [value.type.tensor_type.shape.dim[0].dim_param for value in (*model.graph.input, *model.graph.output)]
    assert batches == ["N", "N"]
    assert [node.name for node in model.graph.node] == [node.output[0] for node in model.graph.node]


@pytest.mark.parametrize("name", SMALL)
def test_activations_keep_their_size(name: str) -> None:
    tensors = all_tensors(build_network(name, **SMALL[name]))
    probabilities = tensors.pop("predictions")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    for tensor, values in tensors.items():
        assert np.isfinite(values).all(), tensor
        assert 0.01 < values.std() < 10, (tensor, values.std())
        assert np.abs(values).max() < 50, tensor


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"])
def test_the_answer_depends_on_the_input(name: str) -> None:
    logits = all_tensors(build_network(name, alpha=0.5, resolution=96))["logits"]
    assert logits.std(axis=0).mean() > 0.15 * logits.std()


def test_normalization_statistics_are_those_of_the_data() -> None:
    """Moments that are carried through analytically against what uniform pixels give."""
    model = build_network("mobilenet_v1", alpha=0.5, resolution=96)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    tensors = all_tensors(model)
    for layer in ("stem", "block_1_depthwise", "block_1_pointwise", "block_13_depthwise", "block_13_pointwise"):
        values = tensors[layer]
        ratio = values.var(axis=(0, 2, 3)) / stored[f"{layer}_bn.variance"]
        assert 0.3 < np.median(ratio) < 3, layer
        offset = values.mean(axis=(0, 2, 3)) - stored[f"{layer}_bn.mean"]
        assert np.abs(offset).mean() < np.sqrt(stored[f"{layer}_bn.variance"]).mean(), layer


def test_the_seed_decides() -> None:
    one, again, other = (
        build_network("mobilenet_v2", alpha=0.35, resolution=32, seed=seed).SerializeToString(deterministic=True)
        for seed in (1, 1, 2)
    )
    assert one == again != other


def test_weights_do_not_depend_on_other_layers() -> None:
    few, many = (build_network("ds_cnn", classes=classes) for classes in (2, 12))
    stored = [{t.name: numpy_helper.to_array(t) for t in model.graph.initializer} for model in (few, many)]
    for name, array in stored[0].items():
        if not name.startswith("logits"):
            np.testing.assert_array_equal(array, stored[1][name])


@pytest.mark.parametrize("name", IMPORTED)
def test_the_float_reference_computes_what_onnxruntime_does(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.onnx"
    path.write_bytes(build_network(name, **SMALL[name]).SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x = pixels(session.get_inputs()[0].shape)
    (expected,) = session.run(None, {"input": x})
    imported = import_onnx(path)
    graph = optimize(imported)
    found = run_float(graph, to_nhwc(x, "NCHW", (len(x), *graph.input_type.shape)))
    assert np.abs(found.reshape(expected.shape) - expected).max() <= TOLERANCE * np.ptp(expected)


@pytest.mark.parametrize(
    ("name", "macs", "parameters"),
    [("mobilenet_v1", 568_740_352, 4_231_976), ("mobilenet_v2", 300_774_272, 3_504_872)],
)
def test_inspect_counts_the_same(name: str, macs: int, parameters: int, tmp_path: Path) -> None:
    """By the importer and the IR's shapes, which share no code with the zoo's count."""
    path = tmp_path / "network.onnx"
    path.write_bytes(build_network(name).SerializeToString())
    cost = network_cost(optimize(import_onnx(path)))
    assert (cost.macs, cost.parameters) == (macs, parameters)


def test_every_network_is_tested_or_known_to_be_too_large() -> None:
    assert set(NETWORKS) == {*SMALL, "alexnet", "vgg16"}
