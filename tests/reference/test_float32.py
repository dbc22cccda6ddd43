"""The float operators against onnxruntime."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    ChannelAffine,
    Clamp,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Lookup,
    MaxPool,
    Mul,
    Operator,
    Pad,
    Padding,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.shapes import output_shape
from mcucompile.ir.tensors import Array, Shape, TensorType
from mcucompile.reference.float32 import apply_float, evaluate_float, run_float

OPSET = onnx.helper.make_opsetid("", 17)


def run_onnx(operator: str, inputs: Mapping[str, Array], **attributes: Any) -> Array:
    """Output of one ONNX operator; spatial arrays are handed over as NCHW."""
    node = onnx.helper.make_node(operator, list(inputs), ["y"], **attributes)
    values = [
        onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in inputs.items()
    ]
    output = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "one", values, [output]), opset_imports=[OPSET])
    model.ir_version = 9
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: Array = session.run(None, dict(inputs))[0]
    return result


def nchw(x: Array) -> Array:
    return x.transpose(0, 3, 1, 2)


def nhwc(x: Array) -> Array:
    return x.transpose(0, 2, 3, 1)


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


def close(actual: Array, expected: Array) -> None:
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=2e-5)


def onnx_window(window: Window) -> dict[str, list[int]]:
    top, bottom, left, right = window.padding
    return {
        "kernel_shape": list(window.kernel),
        "strides": list(window.stride),
        "pads": [top, left, bottom, right],
        "dilations": list(window.dilation),
    }


windows = st.builds(
    Window,
    kernel=st.builds(Size2D, st.integers(1, 4), st.integers(1, 4)),
    stride=st.builds(Size2D, st.integers(1, 3), st.integers(1, 3)),
    padding=st.builds(Padding, *[st.integers(0, 2)] * 4),
    dilation=st.builds(Size2D, st.integers(1, 2), st.integers(1, 2)),
)


@settings(max_examples=40, deadline=None)
@given(window=windows, groups=st.integers(1, 3), per_group=st.integers(1, 3), outputs=st.integers(1, 3))
def test_conv2d(window: Window, groups: int, per_group: int, outputs: int) -> None:
    x = normal(2, 8, 9, groups * per_group)
    weights, bias = normal(groups * outputs, *window.kernel, per_group), normal(groups * outputs)
    y = apply_float(Conv2D(window, weights, bias, groups), (x,))
    inputs = {"x": nchw(x), "w": nchw(weights), "b": bias}
    close(y, nhwc(run_onnx("Conv", inputs, group=groups, **onnx_window(window))))


@settings(max_examples=40, deadline=None)
@given(window=windows, channels=st.integers(1, 4), multiple=st.integers(1, 3))
def test_depthwise_conv2d(window: Window, channels: int, multiple: int) -> None:
    x = normal(2, 8, 9, channels)
    weights, bias = normal(*window.kernel, channels * multiple), normal(channels * multiple)
    y = apply_float(DepthwiseConv2D(window, weights, bias), (x,))
    inputs = {"x": nchw(x), "w": weights.transpose(2, 0, 1)[:, np.newaxis], "b": bias}
    close(y, nhwc(run_onnx("Conv", inputs, group=channels, **onnx_window(window))))


pool_windows = windows.filter(lambda w: max(w.padding[:2]) < w.kernel.h and max(w.padding[2:]) < w.kernel.w)


@settings(max_examples=20, deadline=None)
@given(window=pool_windows)
def test_max_pool_leaves_padding_out(window: Window) -> None:
    x, attributes = normal(2, 8, 9, 3) - 5, onnx_window(window)
    del attributes["dilations"]
    y = apply_float(MaxPool(Window(window.kernel, window.stride, window.padding)), (x,))
    close(y, nhwc(run_onnx("MaxPool", {"x": nchw(x)}, **attributes)))


@settings(max_examples=20, deadline=None)
@given(window=pool_windows)
def test_average_pool_leaves_padding_out_of_the_count(window: Window) -> None:
    x, attributes = normal(2, 8, 9, 3), onnx_window(window)
    del attributes["dilations"]
    y = apply_float(AveragePool(Window(window.kernel, window.stride, window.padding)), (x,))
    close(y, nhwc(run_onnx("AveragePool", {"x": nchw(x)}, **attributes)))


def test_fully_connected_reads_its_input_in_hwc_order() -> None:
    x, weights, bias = normal(3, 2, 3, 4), normal(5, 24), normal(5)
    y = apply_float(FullyConnected(weights, bias), (x,))
    assert y.shape == (3, 1, 1, 5)
    close(y[:, 0, 0], run_onnx("Gemm", {"x": x.reshape(3, 24), "w": weights, "b": bias}, transB=1))


def test_add() -> None:
    x1, x2 = normal(2, 3, 3, 4), normal(2, 3, 3, 4, seed=1)
    close(apply_float(Add(), (x1, x2)), run_onnx("Add", {"a": x1, "b": x2}))


@pytest.mark.parametrize("shape", [(2, 3, 3, 4), (2, 1, 1, 4)])
def test_mul(shape: tuple[int, ...]) -> None:
    x1, x2 = normal(2, 3, 3, 4), normal(*shape, seed=1)
    close(apply_float(Mul(), (x1, x2)), run_onnx("Mul", {"a": x1, "b": x2}))


def test_concat() -> None:
    x1, x2, x3 = normal(2, 3, 3, 4), normal(2, 3, 3, 1), normal(2, 3, 3, 2)
    close(apply_float(Concat(), (x1, x2, x3)), run_onnx("Concat", {"a": x1, "b": x2, "c": x3}, axis=3))


def test_softmax_over_channels_even_of_large_inputs() -> None:
    x = 100 * normal(2, 2, 2, 10)
    close(apply_float(Softmax(), (x,)), run_onnx("Softmax", {"x": x}, axis=-1))


def test_channel_affine_is_batch_normalization() -> None:
    x, gamma, beta, mean = normal(2, 3, 3, 4), normal(4), normal(4, seed=1), normal(4, seed=2)
    variance: Array = np.abs(normal(4, seed=3))
    scale = gamma / np.sqrt(variance + np.float32(1e-5))
    y = apply_float(ChannelAffine(scale, beta - mean * scale), (x,))
    inputs = {"x": nchw(x), "gamma": gamma, "beta": beta, "mean": mean, "var": variance}
    close(y, nhwc(run_onnx("BatchNormalization", inputs, epsilon=1e-5)))


@pytest.mark.parametrize(("low", "high"), [(0, 6), (0, np.inf), (-1, 0.5)])
def test_clip(low: float, high: float) -> None:
    x = 5 * normal(2, 3, 3, 4)
    inputs = {"x": x, "low": np.array(low, np.float32), "high": np.array(high, np.float32)}
    close(apply_float(Clip(Clamp(low, high)), (x,)), run_onnx("Clip", inputs))


def test_pad() -> None:
    x = normal(1, 3, 3, 2)
    inputs = {"x": x, "pads": np.array([0, 1, 3, 0, 0, 2, 4, 0], np.int64)}
    close(apply_float(Pad(Padding(1, 2, 3, 4)), (x,)), run_onnx("Pad", inputs))


ZEROS: Array = np.zeros(2, np.float32)
CLAMPED: dict[str, Callable[[Clamp], Operator]] = {
    "conv2d": lambda c: Conv2D(Window(Size2D(1, 1)), np.eye(2, dtype=np.float32).reshape(2, 1, 1, 2), ZEROS, clamp=c),
    "depthwise": lambda c: DepthwiseConv2D(Window(Size2D(1, 1)), np.ones((1, 1, 2), np.float32), ZEROS, clamp=c),
    "fully_connected": lambda c: FullyConnected(np.eye(2, dtype=np.float32), ZEROS, clamp=c),
    "add": lambda c: Add(clamp=c),
    "mul": lambda c: Mul(clamp=c),
    "average_pool": lambda c: AveragePool(Window(Size2D(1, 1)), clamp=c),
    "max_pool": lambda c: MaxPool(Window(Size2D(1, 1)), clamp=c),
}


@pytest.mark.parametrize("name", CLAMPED)
def test_a_fused_clamp_limits_the_result(name: str) -> None:
    x = np.array([-3, 8], np.float32).reshape(1, 1, 1, 2)
    operator = CLAMPED[name](Clamp(0, 6))
    neutral = np.ones_like(x) if isinstance(operator, Mul) else np.zeros_like(x)
    y = apply_float(operator, (x, neutral)[: operator.arity])
    assert y.ravel().tolist() == [0, 6]


def test_an_int8_operator_is_refused() -> None:
    with pytest.raises(TypeError, match="lookup has no float meaning"):
        apply_float(Lookup(np.zeros(256, np.int8)), (normal(1, 1, 1, 1),))


def residual_graph() -> Graph:
    """clip(x) + 2·clip(x), then pooled: a tensor with two readers."""
    shape = Shape(4, 4, 2)
    double = ChannelAffine(np.full(2, 2, np.float32), ZEROS)
    pool = AveragePool(Window(Size2D(4, 4)))
    return Graph(
        "residual",
        "x",
        TensorType(shape),
        (
            Node("clip", Clip(Clamp(0, 1)), ("x",), TensorType(shape)),
            Node("double", double, ("clip",), TensorType(shape)),
            Node("sum", Add(), ("clip", "double"), TensorType(shape)),
            Node("pool", pool, ("sum",), TensorType(output_shape(pool, [shape]))),
        ),
        "pool",
    )


def test_evaluate_float_gives_every_tensor() -> None:
    x = normal(3, 4, 4, 2)
    tensors = evaluate_float(residual_graph(), x)
    assert list(tensors) == ["x", "clip", "double", "sum", "pool"]
    close(tensors["pool"], 3 * np.clip(x, 0, 1).mean(axis=(1, 2), keepdims=True))


def test_run_float_gives_the_same_in_batches() -> None:
    x, seen = normal(5, 4, 4, 2), []
    y = run_float(residual_graph(), x, batch=2, progress=lambda done, total: seen.append((done, total)))
    close(y, evaluate_float(residual_graph(), x)["pool"])
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_inputs_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"residual takes \[N, 4, 4, 2\], not \[1, 2, 4, 4\]"):
        evaluate_float(residual_graph(), normal(1, 2, 4, 4))
