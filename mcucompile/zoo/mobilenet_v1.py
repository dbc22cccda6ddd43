"""MobileNetV1: Howard et al. 2017, "MobileNets: Efficient CNNs for Mobile Vision Applications" (arXiv 1704.04861)."""

from onnx import ModelProto

from mcucompile.zoo.blocks import classifier, conv_bn, separable
from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import Variant

_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
"""Filters and stride of each block: table 1. (It prints stride 2 for the last block too, which cannot be: 7x7 stay.)"""


def mobilenet_v1(variant: Variant) -> ModelProto:
    """Depthwise separable convolutions; widths are cut down to whole channels: int(filters · alpha)."""
    return _network("mobilenet_v1", variant, standard=False)


def mobilenet_v1_standard(variant: Variant) -> ModelProto:
    """The same with a standard 3x3 convolution for each block: "Conv MobileNet" of table 4."""
    return _network("mobilenet_v1_standard", variant, standard=True)


def _network(name: str, variant: Variant, standard: bool) -> ModelProto:
    b = Builder(name)
    source = Tensor("input", variant.channels, variant.height, variant.width)
    x = conv_bn(b, source, "stem", int(32 * variant.alpha), 3, 2, activation=Activation.RELU6)
    for number, (filters, stride) in enumerate(_BLOCKS, 1):
        width = int(filters * variant.alpha)
        if standard:
            x = conv_bn(b, x, f"block_{number}", width, 3, stride, activation=Activation.RELU6)
        else:
            x = separable(b, x, f"block_{number}", width, stride, Activation.RELU6)
    return b.model(source, classifier(b, x, variant.classes))
