"""Files that real exporters wrote, against onnxruntime."""

import os
from pathlib import Path

import pytest

from mcucompile.ir.operators import Add, AveragePool, Conv2D, DepthwiseConv2D, FullyConnected, Softmax
from tests.onnx_models import assert_same_as_onnxruntime

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures").glob("*.onnx"))
DIGITS = Path(__file__).parent.parent.parent / "examples" / "digits" / "digits.onnx"
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
    assert all(isinstance(node.operator, only) for node in graph)


@pytest.mark.skipif(DATA is None, reason="MCUCOMPILE_DATA is not set: no official models")
@pytest.mark.parametrize("name", OFFICIAL)
def test_official_model(name: str) -> None:
    assert DATA is not None
    graph = assert_same_as_onnxruntime(Path(DATA) / "models" / name)
    assert not any(node.operator.mnemonic == "clip" for node in graph)
