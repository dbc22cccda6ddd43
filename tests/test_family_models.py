"""MobileNetV2, V3 and their relatives from the exporters' files to C that computes every layer bit for bit."""

from pathlib import Path

import numpy as np
import pytest

from mcucompile.pipeline import BuildOptions, compile_model
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.target import find_target
from tests.host_model import compile_host_model
from tests.quiet import QuietListener

FIXTURES = Path(__file__).parent / "fixtures"
MODELS = (
    *("torch_v2_opset17_fused", "keras_v2_opset15_batch", "torch_v3_opset17", "keras_v3_opset18_batch"),
    *("torch_handwritten_opset17_batch", "torch_branches_opset13_fused_batch", "torch_preprocessing_opset13_batch"),
)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("keep_dead_channels", [False, True], ids=["simplified", "as quantized"])
def test_emitted_c_is_bit_exact(name: str, keep_dead_channels: bool, tmp_path: Path) -> None:
    path, target = FIXTURES / f"{name}.onnx", find_target("cortex-m4")
    options = BuildOptions(path, tmp_path / "build", "model", target, keep_dead_channels=keep_dead_channels)
    compiled = compile_model(options, QuietListener())
    host = compile_host_model(compiled.sources, tmp_path)
    x = np.random.default_rng(5).integers(-128, 128, (3, *compiled.graph.input_type.shape)).astype(np.int8)
    expected = evaluate_int8(compiled.graph, x)
    for i, image in enumerate(x):
        output, records = host.trace(image)
        for record in records:
            rows = expected[compiled.program.layers[record.layer].node.name][i, record.row_begin : record.row_end]
            np.testing.assert_array_equal(record.data, rows.ravel())
        np.testing.assert_array_equal(output, expected[compiled.graph.output][i].ravel())


def test_they_reach_every_new_kernel(tmp_path: Path) -> None:
    kernels = set()
    for name in MODELS:
        options = BuildOptions(FIXTURES / f"{name}.onnx", tmp_path, "model", find_target("cortex-m4"))
        kernels |= {layer.kernel for layer in compile_model(options, QuietListener()).program.layers}
    assert kernels >= {"mcu_channel_scale_s8", "mcu_concat_s8", "mcu_lookup_s8", "arm_max_pool_s8"}
