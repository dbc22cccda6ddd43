"""The MLPerf Tiny models on real data: bit-exact on every core, and as accurate as in floating point."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from mcucompile.ir.text import format_graph
from mcucompile.reference.evaluate import run_int8
from mcucompile.target import CORES, find_target
from tests.emulator.images import build_graph
from tests.emulator.real_models import EXACT_INPUTS, MODELS, TESTED, Prepared, prepare

LARGEST_LOSS = 0.015


@pytest.mark.parametrize("core", list(CORES))
@pytest.mark.parametrize("name", MODELS)
def test_every_layer_equals_the_reference(tmp_path: Path, real_data: Path, name: str, core: str) -> None:
    prepared = prepare(real_data, name)
    graph = replace(prepared.graph, name=name)
    build_graph(graph, find_target(core), tmp_path).assert_bit_exact(prepared.int8(EXACT_INPUTS))


@pytest.mark.parametrize("name", MODELS)
def test_int8_is_as_accurate_as_float(real_data: Path, name: str) -> None:
    prepared = prepare(real_data, name)
    assert len(prepared.x) == len(prepared.labels) == TESTED
    outputs = run_int8(prepared.graph, prepared.int8(TESTED)).reshape(TESTED, -1)
    int8 = np.mean(outputs.argmax(axis=1) == prepared.labels)
    assert float_accuracy(real_data / "models" / f"{MODELS[name].model}.onnx", prepared) - int8 <= LARGEST_LOSS


def float_accuracy(model: Path, prepared: Prepared) -> float:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    x = prepared.x.reshape(len(prepared.x), *source.shape[1:])
    (outputs,) = session.run(None, {source.name: x})
    return float(np.mean(outputs.argmax(axis=1) == prepared.labels))


@pytest.mark.parametrize("name", MODELS)
def test_the_layout_of_the_file_makes_no_difference(real_data: Path, name: str) -> None:
    nhwc, nchw = (prepare(real_data, name, layout).graph for layout in ("", "_nchw"))
    assert nhwc.nodes == nchw.nodes, format_graph(nchw)
    assert (nhwc.origin_input.axes, nchw.origin_input.axes) == ("NHWC", "NCHW")
