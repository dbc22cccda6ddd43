"""Where each operator lives: one row says all of it, and a test fails if one of its places is missing.

A new operator needs: its class in `operators.py`, its row here, its converter in `importer/converters/`, its meaning in
`reference/` (float32 and, if it reaches the int8 graph, an array-level function), and, for each kernel, a file in
`firmware/kernels/`, a line in `lower/kernels.py` and one in `codegen/calls.py`.
"""

from dataclasses import dataclass

from mcucompile.ir.operators import (
    Add,
    AveragePool,
    ChannelAffine,
    Clip,
    Concat,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Lookup,
    MaxPool,
    Mean,
    Mul,
    Operator,
    Pad,
    Softmax,
)


@dataclass(frozen=True)
class Row:
    """An operator and its places.

    onnx: the ONNX operators that become it; none for one that only a later stage makes.
    reference: its int8 meaning, a function in a module of `reference/`; None for an operator of the float graph only.
    kernels: the C functions that may run it.
    """

    operator: type[Operator]
    onnx: tuple[str, ...]
    reference: str | None
    kernels: tuple[str, ...]


REGISTRY = (
    Row(
        Conv2D,
        onnx=("Conv", "MatMul", "QLinearConv", "QLinearMatMul"),
        reference="int8.convolve_s8",
        kernels=("arm_convolve_wrapper_s8", "arm_convolve_1x1_s8_fast", "arm_convolve_s8"),
    ),
    Row(
        DepthwiseConv2D,
        onnx=("Conv", "QLinearConv"),
        reference="int8.depthwise_conv_s8",
        kernels=("arm_depthwise_conv_wrapper_s8", "arm_depthwise_conv_3x3_s8", "arm_depthwise_conv_s8"),
    ),
    Row(
        FullyConnected,
        onnx=("Gemm", "MatMul", "QLinearMatMul", "com.microsoft.QGemm"),
        reference="int8.fully_connected_s8",
        kernels=("arm_fully_connected_s8", "arm_convolve_1x1_s8_fast"),
    ),
    Row(
        Add,
        onnx=("Add", "com.microsoft.QLinearAdd"),
        reference="int8.elementwise_add_s8",
        kernels=("arm_elementwise_add_s8",),
    ),
    Row(
        Mul,
        onnx=("Mul", "com.microsoft.QLinearMul"),
        reference="int8.elementwise_mul_s8",
        kernels=("arm_elementwise_mul_s8", "mcu_channel_scale_s8"),
    ),
    Row(
        Concat,
        onnx=("Concat", "com.microsoft.QLinearConcat"),
        reference="int8.concat_s8",
        kernels=("mcu_concat_s8",),
    ),
    Row(
        MaxPool,
        onnx=("MaxPool",),
        reference="int8.max_pool_s8",
        kernels=("arm_max_pool_s8",),
    ),
    Row(
        AveragePool,
        onnx=(
            "AveragePool",
            "GlobalAveragePool",
            "ReduceMean",
            "com.microsoft.QLinearAveragePool",
            "com.microsoft.QLinearGlobalAveragePool",
        ),
        reference="int8.avgpool_s8",
        kernels=("arm_avgpool_s8",),
    ),
    Row(
        Mean,
        onnx=(),
        reference="int8.mean_s8",
        kernels=("mcu_mean_s8",),
    ),
    Row(
        Softmax,
        onnx=("Softmax", "com.microsoft.QLinearSoftmax"),
        reference="softmax.softmax_s8",
        kernels=("arm_softmax_s8",),
    ),
    Row(
        Lookup,
        onnx=(),
        reference="int8.lookup_s8",
        kernels=("mcu_lookup_s8",),
    ),
    Row(
        ChannelAffine,
        onnx=(
            "Add",
            "BatchNormalization",
            "Div",
            "Mul",
            "Sub",
            "com.microsoft.QLinearAdd",
            "com.microsoft.QLinearMul",
        ),
        reference=None,
        kernels=(),
    ),
    Row(
        Clip,
        onnx=("Clip", "Max", "Min", "QuantizeLinear", "Relu", "com.microsoft.QuantizeLinear"),
        reference=None,
        kernels=(),
    ),
    Row(
        Elementwise,
        onnx=(
            "HardSigmoid",
            "HardSwish",
            "LeakyRelu",
            "Sigmoid",
            "Tanh",
            "com.microsoft.QLinearLeakyRelu",
            "com.microsoft.QLinearSigmoid",
        ),
        reference=None,
        kernels=(),
    ),
    Row(
        Pad,
        onnx=("Pad",),
        reference=None,
        kernels=(),
    ),
)
