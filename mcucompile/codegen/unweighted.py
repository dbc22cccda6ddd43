"""Calls of the kernels that have no weights: sum, product, concatenation, pools, softmax, table lookup."""

from mcucompile.codegen.call import Arguments, Call, factors, operator_of, single_factor, table
from mcucompile.codegen.operands import Operands
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.structs import (
    activation,
    activation_dims,
    constant,
    context,
    dims,
    limits,
    params,
    stride_and_padding,
    window_params,
)
from mcucompile.ir.operators import Add, AveragePool, Clamp, Concat, Lookup, MaxPool, Mean, Mul, Softmax, Window
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
        (output.bytes, "elements"),
    )
    return Call(layer.kernel, arguments)


def mul(operands: Operands, _: EmitOptions) -> Call:
    """The product of two activations of one shape."""
    return Call(operands.layer.kernel, (*_product(operands), (operands.output.bytes, "elements")))


def channel_scale(operands: Operands, _: EmitOptions) -> Call:
    """The product of an activation and one factor for each of its channels."""
    output = operands.output
    arguments = (*_product(operands), (f"{output.pixels}, {output.shape.c}", "pixels, channels"))
    return Call(operands.layer.kernel, arguments, returns_status=False)


def _product(operands: Operands) -> Arguments:
    operator, layer = operator_of(operands, Mul), operands.layer
    multiplier, shift = single_factor(operands, operator.requantize)
    low, high = limits(operator.clamp)
    return (
        (f"{operands.inputs[0].pointer}, {operands.inputs[1].pointer}", ""),
        (f"{layer.input_offsets[0]}, {layer.input_offsets[1]}", "offsets of both"),
        (operands.output.pointer, ""),
        (f"{layer.output_offset}, {multiplier}, {shift}", "output: offset, multiplier, shift"),
        (f"{low}, {high}", "limits of the output"),
    )


def concat(operands: Operands, _: EmitOptions) -> Call:
    """The channels of all inputs."""
    operator_of(operands, Concat)
    output = operands.output
    pointers = ", ".join(source.pointer for source in operands.inputs)
    channels = ", ".join(f"{source.shape.c}" for source in operands.inputs)
    declarations = (
        f"const int8_t *const inputs[] = {{{pointers}}};",
        constant("int32_t channels[]", channels),
    )
    arguments = (
        (f"inputs, channels, {len(operands.inputs)}", ""),
        (f"{output.pixels}, {output.shape.c}", "pixels, channels of the output"),
        (output.pointer, ""),
    )
    return Call(operands.layer.kernel, arguments, declarations, returns_status=False)


def average_pool(operands: Operands, _: EmitOptions) -> Call:
    """The mean over a window."""
    operator = operator_of(operands, AveragePool)
    return _pool(operands, operator.window, operator.clamp)


def mean(operands: Operands, _: EmitOptions) -> Call:
    """The mean of each channel over all pixels, in a scale of its own."""
    operator, layer, source = operator_of(operands, Mean), operands.layer, operands.inputs[0]
    multiplier, shift = single_factor(operands, operator.requantize)
    low, high = limits(operator.clamp)
    arguments = (
        (source.pointer, ""),
        (f"{source.shape.h * source.shape.w}, {source.shape.c}", "pixels, channels"),
        (f"{layer.input_offsets[0]}", "input offset"),
        (operands.output.pointer, ""),
        (f"{layer.output_offset}, {multiplier}, {shift}", "output: offset, multiplier, shift"),
        (f"{low}, {high}", "limits of the output"),
    )
    return Call(layer.kernel, arguments, returns_status=False)


def max_pool(operands: Operands, _: EmitOptions) -> Call:
    """The largest element of a window."""
    operator = operator_of(operands, MaxPool)
    return _pool(operands, operator.window, operator.clamp)


def _pool(operands: Operands, window: Window, clamp: Clamp) -> Call:
    source = operands.inputs[0]
    declarations = (
        context(operands),
        window_params(
            "cmsis_nn_pool_params",
            operands,
            window,
            lambda top: (stride_and_padding(window, top), activation(clamp)),
        ),
        activation_dims("input_dims", source),
        dims("filter_dims", 1, Shape(*window.kernel, 1)),
        activation_dims("output_dims", operands.output),
    )
    arguments = (
        (f"&ctx, {params(operands, window)}", ""),
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
        (f"{source.pixels}, {source.shape.c}", "pixels, channels"),
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
