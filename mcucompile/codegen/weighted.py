"""Calls of the kernels that multiply by weights: convolution, depthwise convolution, fully connected."""

from dataclasses import replace

import numpy as np

from mcucompile.codegen.call import Arguments, Call, Table, factors, operator_of, single_factor, table
from mcucompile.codegen.operands import Operands
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.structs import (
    activation,
    activation_dims,
    constant,
    context,
    dims,
    offsets,
    params,
    tiles,
    window_params,
)
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected, Requantize, Size2D, Window
from mcucompile.ir.tensors import Shape


def convolve(operands: Operands, options: EmitOptions) -> Call:
    """A convolution, or a fully connected layer as the 1x1 convolution of one pixel that holds all its inputs."""
    source, output = operands.inputs[0], operands.output.shape
    operator: Conv2D | FullyConnected
    if isinstance(operands.layer.node.operator, FullyConnected):
        operator, window = operands.layer.node.operator, Window(Size2D(1, 1))
        filter_shape = Shape(1, 1, source.shape.elements)
        source = replace(source, shape=filter_shape, height="1")
    else:
        operator = operator_of(operands, Conv2D)
        window, filter_shape = operator.window, Shape(*operator.weights.shape[1:])
    declarations = (
        window_params(
            "cmsis_nn_conv_params",
            operands,
            window,
            lambda top: (offsets(operands), tiles(window, top), activation(operator.clamp)),
        ),
        activation_dims("input_dims", source),
        dims("filter_dims", output.c, filter_shape),
        dims("bias_dims", 1, Shape(1, 1, output.c)),
        activation_dims("output_dims", operands.output),
    )
    weights = table(operands, options, "weights", operator.weights)
    address = params(operands, window)
    return _per_channel(operands, options, address, declarations, weights, factors(operands, operator.requantize))


def depthwise(operands: Operands, options: EmitOptions) -> Call:
    """A depthwise convolution."""
    operator = operator_of(operands, DepthwiseConv2D)
    source, output, window = operands.inputs[0].shape, operands.output.shape, operator.window
    numbers = f"{offsets(operands)}, .ch_mult = {output.c // source.c}"
    declarations = (
        window_params(
            "cmsis_nn_dw_conv_params",
            operands,
            window,
            lambda top: (numbers, tiles(window, top), activation(operator.clamp)),
        ),
        activation_dims("input_dims", operands.inputs[0]),
        dims("filter_dims", 1, Shape(*operator.weights.shape)),
        dims("bias_dims", 1, Shape(1, 1, output.c)),
        activation_dims("output_dims", operands.output),
    )
    weights = table(operands, options, "weights", operator.weights)
    address = params(operands, window)
    return _per_channel(operands, options, address, declarations, weights, factors(operands, operator.requantize))


def fully_connected(operands: Operands, options: EmitOptions) -> Call:
    """Matrix times the flattened input, one factor for all outputs."""
    operator = operator_of(operands, FullyConnected)
    source, output = operands.inputs[0].shape, operands.output.shape
    multiplier, shift = single_factor(operands, operator.requantize)
    weights = table(operands, options, "weights", operator.weights)
    bias = table(operands, options, "bias", operands.layer.bias)
    input_offset, output_offset = operands.layer.input_offsets[0], operands.layer.output_offset
    declarations = (
        _kernel_sums(bias) if options.wants_kernel_sums else context(operands),
        constant(
            "cmsis_nn_fc_params params",
            f".input_offset = {input_offset}, .filter_offset = 0, .output_offset = {output_offset}",
            activation(operator.clamp),
        ),
        constant("cmsis_nn_per_tensor_quant_params quant", f".multiplier = {multiplier}, .shift = {shift}"),
        dims("input_dims", 1, source),
        dims("filter_dims", source.elements, Shape(1, 1, output.c)),
        dims("bias_dims", 1, Shape(1, 1, output.c)),
        dims("output_dims", 1, output),
    )
    return Call(operands.layer.kernel, _arguments(operands, "&params", weights, bias), declarations, (weights, bias))


def _per_channel(
    operands: Operands,
    options: EmitOptions,
    address: str,
    declarations: tuple[str, ...],
    weights: Table,
    requantize: Requantize,
) -> Call:
    """The call with a multiplier and a shift for every output channel. address: of the parameters."""
    bias = table(operands, options, "bias", operands.layer.bias)
    multiplier = table(operands, options, "multiplier", requantize.multiplier.astype(np.int32))
    shift = table(operands, options, "shift", requantize.shift.astype(np.int32))
    quant = constant(
        "cmsis_nn_per_channel_quant_params quant",
        f".multiplier = MCU_TABLE({multiplier.name})",
        f".shift = MCU_TABLE({shift.name})",
    )
    return Call(
        operands.layer.kernel,
        _arguments(operands, address, weights, bias),
        (context(operands), *declarations[:1], quant, *declarations[1:]),
        (weights, bias, multiplier, shift),
    )


def _arguments(operands: Operands, address: str, weights: Table, bias: Table) -> Arguments:
    """The argument list that these kernels share; only the general convolution has a parameter more."""
    upscaling = (("NULL", "no upscaling"),) if operands.layer.kernel == "arm_convolve_s8" else ()
    return (
        (f"&ctx, {address}, &quant", ""),
        (f"&input_dims, {operands.inputs[0].pointer}", ""),
        (f"&filter_dims, {weights.name}", ""),
        (f"&bias_dims, {bias.name}", ""),
        *upscaling,
        (f"&output_dims, {operands.output.pointer}", ""),
    )


def _kernel_sums(bias: Table) -> str:
    """The context in which Arm's MVE kernel finds where its accumulators start.

    CMSIS-NN, arm_vector_sum_s8: bias + input_offset · (sum of the output's weights).
    """
    remark = "/* Arm's MVE kernel takes the start of its accumulators from here: the bias, as input_offset is 0. */"
    sums = constant("cmsis_nn_context ctx", f".buf = MCU_TABLE({bias.name}), .size = {bias.values.nbytes}")
    return f"{remark}\n{sums}"
