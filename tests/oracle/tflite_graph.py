"""The official int8 models: a .tflite file as our int8 Graph, with TFLite's own scales, and inputs for it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tflite

from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import (
    Add,
    AveragePool,
    Clamp,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Operator,
    Padding,
    Requantize,
    Size2D,
    Softmax,
    Window,
)
from mcucompile.ir.tensors import Array, Quantization, Shape, TensorType
from mcucompile.quantize.activations import quantize_clamp
from mcucompile.quantize.convert import add_requantize
from mcucompile.reference.fixed_point import quantize_multiplier
from mcucompile.reference.softmax import softmax_factor

DATA = os.environ.get("MCUCOMPILE_DATA")
needs_models = pytest.mark.skipif(DATA is None, reason="MCUCOMPILE_DATA is not set: no official models")
SAMPLES = 6
MODELS = {
    "vww_96_int8": ("vww_500", 1 / 255),
    "kws_ref_model": ("kws_500", 1.0),
    "pretrainedResnet_quant": ("cifar10_test_700", 1.0),
}
"""For each model, the archive that holds its inputs and what scales them."""

CLAMPS = {
    tflite.ActivationFunctionType.NONE: Clamp(),
    tflite.ActivationFunctionType.RELU: Clamp(0, np.inf),
    tflite.ActivationFunctionType.RELU6: Clamp(0, 6),
}


@dataclass(frozen=True)
class TfliteModel:
    """tensors: for every node of the graph, the number of the tensor that it stands for in the file."""

    path: Path
    graph: Graph
    tensors: dict[str, int]


@dataclass(frozen=True, eq=False)
class Constant:
    values: Array
    scales: Array


def official_model(name: str) -> TfliteModel:
    return read_tflite(Path(DATA or "") / "models" / f"{name}.tflite")


def inputs(name: str, graph: Graph) -> Array:
    """A few real samples; then all lowest, all highest, and random bytes."""
    archive, scale = MODELS[name]
    with np.load(Path(DATA or "") / "data" / f"{archive}.npz") as arrays:
        x = arrays["x"][:SAMPLES].astype(np.float32) * np.float32(scale)
    shape = graph.input_type.shape
    noise = np.random.default_rng(0).integers(-128, 128, size=shape)
    extremes = np.stack([np.full(shape, -128), np.full(shape, 127), noise]).astype(np.int8)
    return np.concatenate([graph.input_type.quantized().quantize(x), extremes])


def read_tflite(path: Path) -> TfliteModel:
    model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    subgraph = model.Subgraphs(0)
    names = {subgraph.Inputs(0): "input"}
    nodes: list[Node] = []
    for i in range(subgraph.OperatorsLength()):
        row = subgraph.Operators(i)
        if kind(model, row) == tflite.BuiltinOperator.RESHAPE:
            names[row.Outputs(0)] = names[row.Inputs(0)]
            continue
        output = row.Outputs(0)
        names[output] = f"layer_{i:02}"
        reads = tuple(names[t] for t in row.InputsAsNumpy() if t in names)
        nodes.append(Node(names[output], operator(model, row), reads, tensor_type(subgraph.Tensors(output))))
    input_type = tensor_type(subgraph.Tensors(subgraph.Inputs(0)))
    graph = Graph(path.stem, "input", input_type, tuple(nodes), names[subgraph.Outputs(0)])
    numbers = {}
    for number, name in names.items():
        numbers.setdefault(name, number)
    return TfliteModel(path, graph, numbers)


def kind(model: Any, row: Any) -> int:
    code = model.OperatorCodes(row.OpcodeIndex())
    return int(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))


def operator(model: Any, row: Any) -> Operator:
    tensors = [model.Subgraphs(0).Tensors(t) for t in (*row.InputsAsNumpy(), row.Outputs(0))]
    types = [tensor_type(tensor) for tensor in tensors if not model.Buffers(tensor.Buffer()).DataLength()]
    constants = [constant(model, tensor) for tensor in tensors if model.Buffers(tensor.Buffer()).DataLength()]
    shape, source, output = types[0].shape, types[0].quantized(), types[-1].quantized()
    match kind(model, row):
        case tflite.BuiltinOperator.CONV_2D:
            options = read_options(row, tflite.Conv2DOptions())
            weights, bias = constants
            window = read_window(options, weights.values.shape[1:3], shape, dilated=True)
            clamp = read_clamp(options, output)
            return Conv2D(window, weights.values, bias.values, 1, clamp, requantize(source, weights, output))
        case tflite.BuiltinOperator.DEPTHWISE_CONV_2D:
            options = read_options(row, tflite.DepthwiseConv2DOptions())
            weights, bias = constants
            window = read_window(options, weights.values.shape[1:3], shape, dilated=True)
            clamp, factor = read_clamp(options, output), requantize(source, weights, output)
            return DepthwiseConv2D(window, weights.values[0], bias.values, clamp, factor)
        case tflite.BuiltinOperator.FULLY_CONNECTED:
            weights, bias = constants
            clamp = read_clamp(read_options(row, tflite.FullyConnectedOptions()), output)
            # One scale for all channels; here TFLite multiplies the two scales in float32.
            product = np.float32(source.scale) * weights.scales.astype(np.float32)
            factor = np.broadcast_to(product.astype(np.float64) / output.scale, bias.values.shape)
            return FullyConnected(weights.values, bias.values, clamp, Requantize(*quantize_multiplier(factor)))
        case tflite.BuiltinOperator.ADD:
            clamp = read_clamp(read_options(row, tflite.AddOptions()), output)
            return Add(clamp, add_requantize(source.scale, types[1].quantized().scale, output.scale))
        case tflite.BuiltinOperator.AVERAGE_POOL_2D:
            options = read_options(row, tflite.Pool2DOptions())
            window = read_window(options, (options.FilterHeight(), options.FilterWidth()), shape, dilated=False)
            return AveragePool(window, read_clamp(options, output))
        case tflite.BuiltinOperator.SOFTMAX:
            assert read_options(row, tflite.SoftmaxOptions()).Beta() == 1
            return Softmax(*softmax_factor(source.scale))
        case other:
            raise NotImplementedError(f"TFLite operator {other}")


def read_options(row: Any, options: Any) -> Any:
    table = row.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return options


def read_clamp(options: Any, output: Quantization) -> Clamp:
    return quantize_clamp(CLAMPS[options.FusedActivationFunction()], output)


def read_window(options: Any, kernel: tuple[int, ...], shape: Shape, dilated: bool) -> Window:
    """SAME padding puts the odd element at the bottom and at the right."""
    stride = Size2D(options.StrideH(), options.StrideW())
    dilation = Size2D(options.DilationHFactor(), options.DilationWFactor()) if dilated else Size2D(1, 1)
    window = Window(Size2D(*map(int, kernel)), stride, Padding(), dilation)
    if options.Padding() == tflite.Padding.VALID:
        return window
    pads = []
    for size, step, extent in zip((shape.h, shape.w), stride, window.extent, strict=True):
        total = max((-(-size // step) - 1) * step + extent - size, 0)
        pads += [total // 2, total - total // 2]
    return Window(window.kernel, stride, Padding(*pads), dilation)


def requantize(source: Quantization, weights: Constant, output: Quantization) -> Requantize:
    return Requantize(*quantize_multiplier(source.scale * weights.scales / output.scale))


def tensor_type(tensor: Any) -> TensorType:
    dimensions = [1, 1, *map(int, tensor.ShapeAsNumpy()[1:])] if tensor.ShapeLength() else [1, 1, 1]
    parameters = tensor.Quantization()
    quantization = Quantization(float(parameters.ScaleAsNumpy()[0]), int(parameters.ZeroPointAsNumpy()[0]))
    return TensorType(Shape(*dimensions[-3:]), quantization)


def constant(model: Any, tensor: Any) -> Constant:
    dtype = {tflite.TensorType.INT8: np.int8, tflite.TensorType.INT32: np.int32}[tensor.Type()]
    values: Array = model.Buffers(tensor.Buffer()).DataAsNumpy().view(dtype).reshape(tensor.ShapeAsNumpy())
    return Constant(values, tensor.Quantization().ScaleAsNumpy().astype(np.float64))
