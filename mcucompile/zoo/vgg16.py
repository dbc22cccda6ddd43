"""VGG16: Simonyan and Zisserman 2014, "Very Deep Convolutional Networks", configuration D, for comparison."""

from onnx import ModelProto

from mcucompile.zoo.blocks import conv_relu
from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import Variant

_STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Filters and convolutions of each stage."""


def vgg16(variant: Variant) -> ModelProto:
    """Thirteen 3x3 convolutions and three fully connected layers."""
    b = Builder("vgg16")
    source = x = Tensor("input", variant.channels, variant.height, variant.width)
    for stage, (filters, count) in enumerate(_STAGES, 1):
        for number in range(1, count + 1):
            x = conv_relu(b, x, f"conv_{stage}_{number}", filters, 3)
        x = b.max_pool(x, f"pool_{stage}", 2, 2)
    x = b.flatten(x, "flatten")
    for number in (6, 7):
        x = b.activation(b.dense(x, f"dense_{number}", 4096), Activation.RELU)
    return b.model(source, b.softmax(b.dense(x, "logits", variant.classes), "predictions"))
