"""Made-up networks with seeded weights, written as ONNX."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def tiny_model(path: Path) -> Path:
    """6x6 grey to 3 classes: convolution, ReLU, global average, fully connected."""
    random = np.random.default_rng(7)
    weights = {
        "w0": random.normal(size=(4, 1, 3, 3)),
        "b0": random.normal(size=4),
        "w1": random.normal(size=(3, 4)),
        "b1": random.normal(size=3),
    }
    nodes = [
        helper.make_node("Conv", ["image", "w0", "b0"], ["conv"], pads=[1, 1, 1, 1], strides=[2, 2], name="stem"),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["mean"], name="mean"),
        helper.make_node("Flatten", ["mean"], ["features"]),
        helper.make_node("Gemm", ["features", "w1", "b1"], ["scores"], transB=1, name="head"),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 6, 6])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 3])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path)
    return path


def tiny_calibration(path: Path) -> Path:
    """16 inputs of tiny_model, with labels."""
    random = np.random.default_rng(1)
    np.savez(path, x=random.uniform(size=(16, 1, 6, 6)).astype(np.float32), y=random.integers(0, 3, 16))
    return path
