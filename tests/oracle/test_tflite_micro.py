"""The integer semantics against TFLite Micro: every layer of the official int8 models, bit for bit."""

import numpy as np
import pytest

from mcucompile.ir.verify import verify_graph
from mcucompile.reference.evaluate import evaluate_int8
from tests.oracle.tflite_graph import MODELS, inputs, needs_models, official_model

runtime = pytest.importorskip(
    "tflite_micro.python.tflite_micro.runtime", exc_type=ImportError, reason="no wheel of tflite-micro for this Python"
)


@needs_models
@pytest.mark.parametrize("name", MODELS)
def test_every_layer_equals_tflite_micro(name: str) -> None:
    model = official_model(name)
    verify_graph(model.graph)
    config = runtime.InterpreterConfig.kPreserveAllTensors
    interpreter = runtime.Interpreter.from_file(str(model.path), intrepreter_config=config)
    batch = inputs(name, model.graph)
    found = evaluate_int8(model.graph, batch)
    for i, x in enumerate(batch):
        interpreter.set_input(x[np.newaxis], 0)
        interpreter.invoke()
        for node in model.graph:
            expected = interpreter.GetTensor(model.tensors[node.name], 0)["tensor_data"]
            actual = found[node.name][i].reshape(expected.shape)
            np.testing.assert_array_equal(actual, expected, err_msg=f"input {i}, {node.name}")
