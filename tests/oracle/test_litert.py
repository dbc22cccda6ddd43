"""The integer semantics against LiteRT's reference kernels: each layer of the official int8 models, by itself.

Each layer gets LiteRT's own input, because LiteRT rounds the result of a fully connected layer once instead of twice.
TFLite Micro and CMSIS-NN round twice, as everywhere else, and so do we.
"""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import FullyConnected
from mcucompile.ir.tensors import Array
from mcucompile.reference.evaluate import apply_int8
from tests.oracle.tflite_graph import MODELS, inputs, needs_models, official_model


def fully_connected_rounded_once(graph: Graph, node: Node, x: Array) -> Array:
    operator = node.operator
    assert isinstance(operator, FullyConnected)
    assert operator.requantize is not None
    columns = x.reshape(len(x), -1).astype(np.int64) - graph.input_types(node)[0].quantized().zero_point
    acc = columns @ operator.weights.T.astype(np.int64) + operator.bias
    bits = 31 - operator.requantize.shift.astype(np.int64)
    y = (acc * operator.requantize.multiplier + (1 << (bits - 1))) >> bits
    return np.clip(y + node.type.quantized().zero_point, *operator.clamp).reshape(len(x), 1, 1, -1)


@needs_models
@pytest.mark.parametrize("name", MODELS)
def test_each_layer_equals_litert(name: str) -> None:
    model = official_model(name)
    interpreter = Interpreter(
        model_path=str(model.path),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    for i, x in enumerate(inputs(name, model.graph)):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x[np.newaxis])
        interpreter.invoke()
        tensors = {
            tensor: interpreter.get_tensor(number).reshape(1, *model.graph.types[tensor].shape)
            for tensor, number in model.tensors.items()
        }
        for node in model.graph:
            reads = tuple(tensors[read] for read in node.inputs)
            if isinstance(node.operator, FullyConnected):
                actual = fully_connected_rounded_once(model.graph, node, *reads)
            else:
                actual = apply_int8(model.graph, node, reads)
            np.testing.assert_array_equal(actual, tensors[node.name], err_msg=f"input {i}, {node.name}")
