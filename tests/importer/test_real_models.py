"""Files that real exporters wrote, against onnxruntime."""

import os
from pathlib import Path

import pytest

from mcucompile.importer import import_onnx
from mcucompile.ir.functions import Affine, Function, HardSwish, Sigmoid
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    MaxPool,
    Mul,
    Softmax,
)
from mcucompile.passes import optimize
from tests.onnx_models import assert_same_as_onnxruntime

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures").glob("*.onnx"))
DIGITS = Path(__file__).parent.parent.parent / "examples" / "digits" / "digits.onnx"
FAMILY = [path for path in FIXTURES if path.stem.split("_")[1] in ("v3", "handwritten", "branches")]
OFFICIAL = [
    f"{name}{layout}.onnx"
    for name in ("vww_96_float", "kws_ref_model_float", "pretrainedResnet_float")
    for layout in ("", "_nchw")
]
DATA = os.environ.get("MCUCOMPILE_DATA")


def test_there_are_fixtures() -> None:
    assert len(FIXTURES) > 40


@pytest.mark.parametrize("path", [*FIXTURES, DIGITS], ids=lambda path: path.stem)
def test_exporter(path: Path) -> None:
    graph = assert_same_as_onnxruntime(path)
    only = (Conv2D, DepthwiseConv2D, FullyConnected, Add, AveragePool, Softmax)
    others = (Mul, Concat, MaxPool, Elementwise) if path in FAMILY else ()
    rescaling = (Elementwise,) if "_rescaling_" in path.stem else ()
    assert all(isinstance(node.operator, (*only, *others, *rescaling)) for node in graph)


def functions(graph: Graph) -> list[type[Function]]:
    """Those of the graph, but a rescaling of the input."""
    found = [type(node.operator.function) for node in graph if isinstance(node.operator, Elementwise)]
    return [function for function in found if function is not Affine]


@pytest.mark.parametrize("path", [path for path in FAMILY if "_v3_" in path.stem], ids=lambda path: path.stem)
def test_v3_is_hard_swish_and_scaled_channels(path: Path) -> None:
    """However it is written; the hard-sigmoid of squeeze-and-excite is the clamp of the convolution before it."""
    graph = optimize(import_onnx(path))
    assert functions(graph) == [HardSwish] * 4
    gates = [graph.by_name[node.inputs[1]].operator for node in graph if isinstance(node.operator, Mul)]
    assert [(type(gate), gate.clamp) for gate in gates] == [(Conv2D, (0, 1))] * 2


@pytest.mark.parametrize("path", [path for path in FAMILY if "_handwritten_" in path.stem], ids=lambda path: path.stem)
def test_handwritten_hard_swish(path: Path) -> None:
    assert functions(optimize(import_onnx(path))) == [HardSwish] * 4 + [Sigmoid]


@pytest.mark.skipif(DATA is None, reason="MCUCOMPILE_DATA is not set: no official models")
@pytest.mark.parametrize("name", OFFICIAL)
def test_official_model(name: str) -> None:
    assert DATA is not None
    graph = assert_same_as_onnxruntime(Path(DATA) / "models" / name)
    assert not any(node.operator.mnemonic == "clip" for node in graph)
