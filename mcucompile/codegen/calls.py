"""Which function renders the call of which kernel."""

from collections.abc import Callable

from mcucompile.codegen.call import Call
from mcucompile.codegen.operands import Operands
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.unweighted import add, average_pool, channel_scale, concat, lookup, max_pool, mean, mul, softmax
from mcucompile.codegen.weighted import convolve, depthwise, fully_connected
from mcucompile.errors import InternalError

RENDERERS: dict[str, Callable[[Operands, EmitOptions], Call]] = {
    "arm_convolve_wrapper_s8": convolve,
    "arm_convolve_1x1_s8_fast": convolve,
    "arm_convolve_s8": convolve,
    "arm_depthwise_conv_wrapper_s8": depthwise,
    "arm_depthwise_conv_3x3_s8": depthwise,
    "arm_depthwise_conv_s8": depthwise,
    "arm_fully_connected_s8": fully_connected,
    "arm_elementwise_add_s8": add,
    "arm_elementwise_mul_s8": mul,
    "mcu_channel_scale_s8": channel_scale,
    "mcu_concat_s8": concat,
    "arm_avgpool_s8": average_pool,
    "mcu_mean_s8": mean,
    "arm_max_pool_s8": max_pool,
    "arm_softmax_s8": softmax,
    "mcu_lookup_s8": lookup,
}


def render_call(operands: Operands, options: EmitOptions) -> Call:
    """The call that makes the step of `operands`. Raises InternalError for a layer that its kernel cannot do."""
    layer = operands.layer
    if layer.kernel not in RENDERERS:
        raise InternalError.broken(f"kernel of %{layer.node.name}", layer.kernel, ", ".join(RENDERERS))
    return RENDERERS[layer.kernel](operands, options)
