"""Quantized ONNX from the file to bit-exact C, and what the commands say about it."""

import json
from pathlib import Path

import numpy as np
import pytest

from mcucompile.pipeline import BuildOptions, compile_model
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.target import find_target
from tests.command import Command
from tests.host_model import compile_host_model
from tests.quiet import QuietListener

QUANTIZED = Path(__file__).parent / "fixtures" / "quantized"
V2 = QUANTIZED / "torch_v2_opset17_fused_qdq_auint8_wint8_channel.onnx"
QOPERATOR = QUANTIZED / "torch_mobilenet_opset17_fused_qoperator_aint8_wint8_tensor.onnx"
DYNAMIC = QUANTIZED / "torch_mobilenet_opset17_fused_dynamic.onnx"
STATIC = sorted(path for path in QUANTIZED.glob("*.onnx") if path != DYNAMIC)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.stem)
def test_emitted_c_is_bit_exact(path: Path, tmp_path: Path) -> None:
    options = BuildOptions(path, tmp_path / "build", "model", find_target("cortex-m4"))
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


@pytest.mark.parametrize("path", [V2, QOPERATOR], ids=lambda path: path.stem)
def test_build_verifies_in_qemu(path: Path, command: Command) -> None:
    built = command("build", path, "--name", "net")
    assert (built.exit_code, built.err) == (0, "")
    assert "given by the model" in built.out
    report = json.loads(Path("build/net/report.json").read_text())
    assert report["verified"] == {"inputs": 2, "bit_exact": True}
    layers = report["quantization"].pop("layers")
    assert report["quantization"] == {
        "method": "given by the model",
        "effort": None,
        "calibration_samples": 0,
        "sqnr_db": None,
        "top1": None,
        "warnings": [],
    }
    assert {layer["range"] for layer in layers} == {None}


def test_calibration_data_are_refused(command: Command) -> None:
    np.savez("data.npz", x=np.zeros((3, 3, 16, 16), np.float32))
    built = command("build", V2, "--calibration", "data.npz")
    assert built.exit_code == 2
    assert built.err == (
        "error: --calibration data.npz\n"
        "  found    calibration data for a model that is quantized already\n"
        "  allowed  calibration data for a float model; a quantized one keeps its own scales\n"
        "  do       leave out --calibration, or build the float model that this one was made from\n"
    )
    assert not Path("build").exists()


def test_dynamic_quantization_is_refused(command: Command) -> None:
    built = command("build", DYNAMIC)
    assert built.exit_code == 3
    assert "onnxruntime.quantization.quantize_static" in built.err


def test_inspect_takes_quantized_models(command: Command) -> None:
    inspected = command("inspect", V2, "--json")
    assert inspected.exit_code == 0
    assert inspected.json["macs"] > 0
