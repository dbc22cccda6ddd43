"""Calls of the kernels that have no weights: addition, average pool, softmax, table lookup."""

from mcucompile.codegen.call import Call, factors, operator_of, single_factor, table
from mcucompile.codegen.operands import Operands
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.structs import activation, constant, context, dims, limits, stride_and_padding
from mcucompile.ir.operators import Add, AveragePool, Lookup, Softmax
from mcucompile.ir.tensors import Shape

ADD_LEFT_SHIFT = 20


def add(operands: Operands, _: EmitOptions) -> Call:
    """The sum of two activations."""
    operator, layer, output = operator_of(operands, Add), operands.layer, operands.output
    requantize = factors(operands, operator.requantize)
    first, second = (
        f"{offset}, {multiplier}, {shift}"
        for offset, multiplier, shift in zip(
            layer.input_offsets, requantize.inputs.multiplier, requantize.inputs.shift, strict=True
        )
    )
    multiplier, shift = single_factor(operands, requantize.output)
    low, high = limits(operator.clamp)
    arguments = (
        (f"{operands.inputs[0].pointer}, {operands.inputs[1].pointer}", ""),
        (first, "first input: offset, multiplier, shift"),
        (second, "second input"),
        (f"{ADD_LEFT_SHIFT}", "left shift of both"),
        (output.pointer, ""),
        (f"{layer.output_offset}, {multiplier}, {shift}", "output: offset, multiplier, shift"),
        (f"{low}, {high}", "limits of the output"),
        (f"{output.bytes}", "elements"),
    )
    return Call(layer.kernel, arguments)


def average_pool(operands: Operands, _: EmitOptions) -> Call:
    """The mean over a window."""
    operator, source = operator_of(operands, AveragePool), operands.inputs[0]
    declarations = (
        context(operands),
        constant(
            "cmsis_nn_pool_params params",
            stride_and_padding(operator.window, operands),
            activation(operator.clamp),
        ),
        dims("input_dims", 1, source.shape),
        dims("filter_dims", 1, Shape(*operator.window.kernel, 1)),
        dims("output_dims", 1, operands.output.shape),
    )
    arguments = (
        ("&ctx, &params", ""),
        (f"&input_dims, {source.pointer}", ""),
        ("&filter_dims", ""),
        (f"&output_dims, {operands.output.pointer}", ""),
    )
    return Call(operands.layer.kernel, arguments, declarations)


def softmax(operands: Operands, _: EmitOptions) -> Call:
    """Softmax over the channels of every pixel."""
    operator, source = operator_of(operands, Softmax), operands.inputs[0]
    arguments = (
        (source.pointer, ""),
        (f"{source.shape.h * source.shape.w}, {source.shape.c}", "pixels, channels"),
        (f"{operator.multiplier}, {operator.shift}, {operator.diff_min}", "multiplier, shift, least difference"),
        (operands.output.pointer, ""),
    )
    return Call(operands.layer.kernel, arguments, returns_status=False)


def lookup(operands: Operands, options: EmitOptions) -> Call:
    """An element-wise table."""
    values = table(operands, options, "table", operator_of(operands, Lookup).table)
    source, output = operands.inputs[0], operands.output
    arguments = ((f"{source.pointer}, {values.name}, {output.pointer}, {output.bytes}", ""),)
    return Call(operands.layer.kernel, arguments, tables=(values,), returns_status=False)
