"""The functions of one number against onnxruntime, and their limits."""

import numpy as np
import pytest

from mcucompile.ir.functions import Function, HardSigmoid, HardSwish, LeakyRelu, Sigmoid, Silu, Tanh
from mcucompile.ir.operators import Elementwise
from mcucompile.reference.float32 import apply_float
from mcucompile.reference.functions import apply_function
from tests.reference.test_float32 import close, run_onnx

X = np.linspace(-12, 12, 1001, dtype=np.float32).reshape(1, 7, 11, 13)
SIXTH = 1 / 6
IN_ONNX: dict[Function, tuple[str, dict[str, float]]] = {
    HardSigmoid(0.2, 0.5): ("HardSigmoid", {}),
    HardSigmoid(SIXTH, 0.5): ("HardSigmoid", {"alpha": SIXTH}),
    HardSigmoid(-0.3, 0.25): ("HardSigmoid", {"alpha": -0.3, "beta": 0.25}),
    HardSwish(): ("HardSwish", {}),
    LeakyRelu(0.01): ("LeakyRelu", {}),
    LeakyRelu(1.5): ("LeakyRelu", {"alpha": 1.5}),
    Sigmoid(): ("Sigmoid", {}),
    Tanh(): ("Tanh", {}),
}


@pytest.mark.parametrize("function", IN_ONNX, ids=str)
def test_as_onnxruntime_computes_it(function: Function) -> None:
    operator, attributes = IN_ONNX[function]
    close(apply_float(Elementwise(function), (X,)), run_onnx(operator, {"x": X}, **attributes))


@pytest.mark.parametrize(("function", "gate"), [(Silu(), Sigmoid()), (HardSwish(0.2, 0.4), HardSigmoid(0.2, 0.4))])
def test_gated_functions(function: Function, gate: Function) -> None:
    np.testing.assert_allclose(apply_function(function, X), X * apply_function(gate, X), rtol=1e-12)


@pytest.mark.parametrize("function", [*IN_ONNX, Silu()], ids=str)
def test_results_lie_within_the_limits_even_of_huge_numbers(function: Function) -> None:
    y = apply_function(function, np.array([-1e30, -700, 0, 700, 1e30]))
    assert np.isfinite(y).all()
    assert function.low <= y.min()
    assert y.max() <= function.high


@pytest.mark.parametrize("function", [*IN_ONNX, Silu()], ids=str)
def test_a_fixed_quantization_spans_the_limits(function: Function) -> None:
    """Up to the last step: 1.0 itself is 127 at a scale of 1/256 from -128."""
    if function.output is not None:
        low, high = function.output.dequantize(np.array([-128, 127], np.int8))
        assert low == function.low
        assert high == function.high - function.output.scale


def test_how_they_print() -> None:
    assert str(HardSigmoid(0.2, 0.5)) == "hard_sigmoid(alpha=0.2, beta=0.5)"
    assert str(Silu()) == "silu"
