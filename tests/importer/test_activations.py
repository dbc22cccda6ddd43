"""Relu, Clip, Min and Max in every spelling."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto

from mcucompile.ir.operators import Clamp, Clip
from tests.onnx_models import check, node

SIX = np.float32(6)
INF = np.inf
SPELLINGS: dict[str, tuple[list[NodeProto], dict[str, Any], int, Clamp]] = {
    "Relu": ([node("Relu", ["x"], ["y"])], {}, 17, Clamp(0, INF)),
    "Clip, attributes": ([node("Clip", ["x"], ["y"], min=0.0, max=6.0)], {}, 10, Clamp(0, 6)),
    "Clip, one attribute": ([node("Clip", ["x"], ["y"], max=0.5)], {}, 10, Clamp(-INF, 0.5)),
    "Clip, inputs": ([node("Clip", ["x", "a", "b"], ["y"])], {"a": np.float32(-1), "b": SIX}, 13, Clamp(-1, 6)),
    "Clip, empty minimum": ([node("Clip", ["x", "", "b"], ["y"])], {"b": np.float32(0.5)}, 13, Clamp(-INF, 0.5)),
    "Clip, no maximum": ([node("Clip", ["x", "a"], ["y"])], {"a": np.float32(0.25)}, 13, Clamp(0.25, INF)),
    "Clip, largest float": (
        [node("Clip", ["x", "a", "b"], ["y"])],
        {"a": np.float32(0), "b": np.finfo(np.float32).max},
        13,
        Clamp(0, INF),
    ),
    "Clip, Constant nodes": (
        [
            node("Constant", [], ["a"], value_float=0.0),
            node("Constant", [], ["b"], value_float=1.0),
            node("Clip", ["x", "a", "b"], ["y"]),
        ],
        {},
        13,
        Clamp(0, 1),
    ),
    "Min of Relu": (
        [node("Relu", ["x"], ["r"]), node("Min", ["b", "r"], ["y"])],
        {"b": np.asarray([[[[0.5]]]], np.float32)},
        13,
        Clamp(0, 0.5),
    ),
    "Max and Min": (
        [node("Max", ["x", "a", "c"], ["m"]), node("Min", ["m", "b"], ["y"])],
        {"a": np.float32(-1), "c": np.float32(-0.5), "b": np.float32(1)},
        13,
        Clamp(-0.5, 1),
    ),
}


@pytest.mark.parametrize(("nodes", "constants", "opset", "clamp"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_spelling(nodes: list[NodeProto], constants: dict[str, Any], opset: int, clamp: Clamp, tmp_path: Path) -> None:
    (only,) = check(nodes, constants, tmp_path, opset=opset)
    assert only.operator == Clip(clamp)
