"""ResNet8 for CIFAR-10: He et al. 2016, "Deep Residual Learning", in the form that MLPerf Tiny benchmarks."""

from onnx import ModelProto

from mcucompile.zoo.blocks import classifier, conv_bn
from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import Variant

_STACKS = ((16, 1), (32, 2), (64, 2))
"""Filters and stride of each residual stack."""


def resnet8(variant: Variant) -> ModelProto:
    """Three residual stacks; convolutions have a bias, as in Keras."""
    b = Builder("resnet8")
    source = Tensor("input", variant.channels, variant.height, variant.width)
    x = conv_bn(b, source, "stem", 16, 3, activation=Activation.RELU, bias=True)
    for number, (filters, stride) in enumerate(_STACKS, 1):
        x = _stack(b, x, f"stack_{number}", filters, stride)
    return b.model(source, classifier(b, x, variant.classes))


def _stack(b: Builder, x: Tensor, name: str, filters: int, stride: int) -> Tensor:
    """Two 3x3 convolutions around which x goes, through a 1x1 convolution where the shape changes."""
    y = conv_bn(b, x, f"{name}_first", filters, 3, stride, activation=Activation.RELU, bias=True)
    y = conv_bn(b, y, f"{name}_second", filters, 3, bias=True)
    if stride > 1:
        x = b.conv(x, f"{name}_shortcut", filters, 1, stride, bias=True)
    return b.activation(b.add(x, y, f"{name}_add"), Activation.RELU)
