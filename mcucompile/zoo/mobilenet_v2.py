"""MobileNetV2: Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks"."""

from onnx import ModelProto

from mcucompile.zoo.blocks import classifier, conv_bn, inverted_residual
from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import Variant, make_divisible

_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion factor, filters, blocks, stride of the first block: table 2."""

_HEAD = 1280


def mobilenet_v2(variant: Variant) -> ModelProto:
    """Widths are multiples of 8; the last convolution is never narrower than 1280 (section 6.1)."""
    b = Builder("mobilenet_v2")
    source = Tensor("input", variant.channels, variant.height, variant.width)
    x = conv_bn(b, source, "stem", make_divisible(32 * variant.alpha), 3, 2, activation=Activation.RELU6)
    blocks = [
        (factor, filters, stride if repeat == 0 else 1)
        for factor, filters, repeats, stride in _STAGES
        for repeat in range(repeats)
    ]
    for number, (factor, filters, stride) in enumerate(blocks):
        width = make_divisible(filters * variant.alpha)
        x = inverted_residual(b, x, f"block_{number}", width, factor * x.channels, 3, stride, Activation.RELU6)
    x = conv_bn(b, x, "head", make_divisible(_HEAD * max(variant.alpha, 1.0)), activation=Activation.RELU6)
    return b.model(source, classifier(b, x, variant.classes))
