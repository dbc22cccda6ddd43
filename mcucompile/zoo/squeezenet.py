"""SqueezeNet 1.0: Iandola et al. 2016, "SqueezeNet", for comparison."""

from onnx import ModelProto

from mcucompile.zoo.blocks import conv_relu
from mcucompile.zoo.builder import Builder, Tensor
from mcucompile.zoo.variant import Variant

_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
"""Fire modules 2 to 9: squeeze filters, and filters of each of the two expansions (table 1)."""

_POOLED = (4, 8)
"""The fire modules before a pool."""


def squeezenet(variant: Variant) -> ModelProto:
    """A stem without padding, eight fire modules, a 1x1 convolution as classifier."""
    b = Builder("squeezenet")
    source = Tensor("input", variant.channels, variant.height, variant.width)
    x = conv_relu(b, source, "conv_1", 96, 7, 2, pads=0)
    x = b.max_pool(x, "pool_1", 3, 2, ceil_mode=True)
    for number, (squeeze, expand) in enumerate(_FIRES, 2):
        x = _fire(b, x, f"fire_{number}", squeeze, expand)
        if number in _POOLED:
            x = b.max_pool(x, f"pool_{number}", 3, 2, ceil_mode=True)
    x = b.global_average_pool(conv_relu(b, x, "conv_10", variant.classes, 1), "pool_10")
    return b.model(source, b.softmax(b.flatten(x, "flatten"), "predictions"))


def _fire(b: Builder, x: Tensor, name: str, squeeze: int, expand: int) -> Tensor:
    x = conv_relu(b, x, f"{name}_squeeze", squeeze, 1)
    left = conv_relu(b, x, f"{name}_expand_1x1", expand, 1)
    right = conv_relu(b, x, f"{name}_expand_3x3", expand, 3)
    return b.concat([left, right], f"{name}_concat")
