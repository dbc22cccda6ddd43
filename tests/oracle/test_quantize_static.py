"""Float fixtures that onnxruntime quantizes here and now: every layer agrees with it within a step."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from mcucompile.ir.tensors import Array
from tests.oracle.layers import differences, images
from tests.oracle.onnx_layers import OnnxLayers
from tests.oracle.quantized_models import compiled

FIXTURES = Path(__file__).parent.parent / "fixtures"
SOURCES = (
    "dynamo_mobilenet_opset22",
    "keras_flatten_opset18_nchw",
    "keras_v2_opset15_batch",  # a Pad of integers
    "keras_v3_opset18_batch",  # hard-swish as Add, Clip, Mul, Mul; scales of its own for each
    "torch_handwritten_opset17_batch",
    "torch_padding_opset17_fused",
)


class Noise(CalibrationDataReader):
    """Eight images in [0, 1)."""

    def __init__(self, path: Path) -> None:
        (source,) = InferenceSession(path).get_inputs()
        shape = [size if isinstance(size, int) else 1 for size in source.shape]
        self._feeds: Iterator[dict[str, Array]] = ({source.name: image} for image in images(shape, 8))

    def get_next(self) -> dict[str, Array] | None:
        return next(self._feeds, None)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("form", "activation", "per_channel"),
    [(QuantFormat.QDQ, QuantType.QInt8, True), (QuantFormat.QOperator, QuantType.QUInt8, False)],
    ids=["qdq", "qoperator"],
)
def test_every_layer_agrees(
    source: str, form: QuantFormat, activation: QuantType, per_channel: bool, tmp_path: Path
) -> None:
    path = tmp_path / "quantized.onnx"
    quantize_static(
        FIXTURES / f"{source}.onnx",
        path,
        Noise(FIXTURES / f"{source}.onnx"),
        quant_format=form,
        activation_type=activation,
        per_channel=per_channel,
    )
    result = compiled(path)
    layers = OnnxLayers(path)
    found = differences(result.graph, layers.run(images(layers.input_shape), result.graph))
    assert result.warnings == ()
    assert len(found) >= len(result.graph.nodes) - 1
    assert max(found.values()) <= 1
    assert all(len(np.unique(tensor)) > 1 for tensor in layers.run(images(layers.input_shape), result.graph).values())
