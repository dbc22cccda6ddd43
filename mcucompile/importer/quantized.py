"""How an ONNX file spells quantization, read in the IR's terms: int8, one scale for an activation."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from mcucompile.importer.axes import normalized
from mcucompile.importer.constraints import Constraint, require_finite
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.values import Activation, Constant, Value
from mcucompile.ir.tensors import Array, Quantization

ONE_SCALE = Constraint(
    "an activation has one scale, a positive number, and one zero point, both constants",
    "quantize activations per tensor, with scales from calibration (onnxruntime.quantization.quantize_static)",
)
EIGHT_BITS = Constraint(
    "quantized activations are int8 or uint8", "quantize to 8 bits, in quantize_static with QuantType.QInt8"
)
SAME_PARAMETERS = Constraint(
    "an integer tensor is read with the scale and the zero point that it was written with",
    "quantize the float model again; these numbers contradict each other",
)
CONSTANT_SCALES = Constraint(
    "a quantized constant has one scale, or one for each index of one axis, and zero points of the same shape",
    "quantize weights per tensor or per channel, not in blocks",
)

ACTIVATION_CONSTRAINTS = (ONE_SCALE, EIGHT_BITS)

UINT8_OFFSET = 128
"""A uint8 number minus this is the int8 number that stands for the same; its zero point moves along."""
_DEFAULT_TYPES: dict[int, str] = {TensorProto.UNDEFINED: "uint8", TensorProto.UINT8: "uint8", TensorProto.INT8: "int8"}


def activation_quantization(node: OnnxNode, scale: int, zero_point: int) -> Quantization:
    """What inputs `scale` and `zero_point` of `node` say; without a zero point, uint8 and 0. Raises ViolationError."""
    step = node.constant(scale, ONE_SCALE)
    require_finite(step.array, step.name)
    ONE_SCALE.require(step.array.size == 1, f"scale '{step.name}' of shape {list(step.array.shape)}")
    factor = float(step.array.reshape(-1)[0])
    ONE_SCALE.require(factor > 0, f"the scale {factor:g}")
    zero = node.optional_constant(zero_point, ONE_SCALE)
    if zero is None:
        code = node.attributes.integer("output_dtype", TensorProto.UNDEFINED)
        EIGHT_BITS.require(code in _DEFAULT_TYPES, f"output_dtype {code}")
        dtype, value = _DEFAULT_TYPES[code], 0
    else:
        ONE_SCALE.require(zero.array.size == 1, f"zero point '{zero.name}' of shape {list(zero.array.shape)}")
        dtype, value = zero.array.dtype.name, int(zero.array.reshape(-1)[0])
    EIGHT_BITS.require(dtype in ("int8", "uint8"), f"elements of type {dtype}")
    return Quantization(factor, value - UINT8_OFFSET if dtype == "uint8" else value)


def real_operand(node: OnnxNode, index: int, axis: int) -> Value:
    """Input `index` as the real tensor that it stands for, its scale and zero point being the two inputs behind it.

    axis: along which a constant may have several scales. Raises ViolationError.
    """
    value = node.inputs[index] if index < len(node.inputs) else None
    if not isinstance(value, Activation):
        constant = node.constant(index, CONSTANT_SCALES)
        scale = node.constant(index + 1, CONSTANT_SCALES)
        return dequantized(constant, scale, node.optional_constant(index + 2, CONSTANT_SCALES), axis)
    return real_activation(value, activation_quantization(node, index + 1, index + 2))


def real_activation(x: Activation, read_as: Quantization) -> Activation:
    """The real tensor that the integers `x` stand for, if they are read as `read_as`. Raises ViolationError."""
    EIGHT_BITS.require(x.quantization is not None, "a floating-point tensor where integers belong")
    found = f"{read_as} (of int8) for a tensor that was written with {x.quantization}"
    SAME_PARAMETERS.require(x.quantization == read_as, found)
    return Activation(x.tensor, x.shape, x.axes)


def dequantized(constant: Constant, scale: Constant, zero_point: Constant | None, axis: int) -> Constant:
    """The numbers (constant - zero_point) · scale, and the scale of each. Raises ViolationError."""
    integers = constant.array
    CONSTANT_SCALES.require(np.issubdtype(integers.dtype, np.integer), f"a constant of type {integers.dtype.name}")
    require_finite(scale.array, scale.name)
    CONSTANT_SCALES.require(bool(np.all(scale.array > 0)), f"a smallest scale of {np.min(scale.array, initial=0):g}")
    steps = _along(scale.array.astype(np.float64), integers.shape, axis)
    zeros = np.zeros((), np.int64) if zero_point is None else zero_point.array.astype(np.int64)
    real = (integers.astype(np.int64) - _along(zeros, integers.shape, axis)) * steps
    return Constant(constant.name, real.astype(np.float32), steps)


def _along(values: Array, shape: Sequence[int], axis: int) -> Array:
    """One number, or one for each index of `axis`, broadcast to `shape`."""
    if values.size == 1:
        return np.broadcast_to(values.reshape(()), shape)
    found = f"scales or zero points of shape {list(values.shape)} for a constant of shape {list(shape)}"
    CONSTANT_SCALES.require(len(shape) > 0 and values.size == max(values.shape), found)
    (position,) = normalized([axis], len(shape))
    CONSTANT_SCALES.require(values.size == shape[position], found)
    return np.broadcast_to(values.reshape([-1 if i == position else 1 for i in range(len(shape))]), shape)


def output_scales(steps: Array | None) -> Array | None:
    """The scale of the weights of each output, from those of all weights [O, …]; None where they differ within one."""
    if steps is None:
        return None
    by_output = steps.reshape(len(steps), -1)
    return by_output[:, 0].copy() if np.all(by_output == by_output[:, :1]) else None
