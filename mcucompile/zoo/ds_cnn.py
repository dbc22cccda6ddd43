"""DS-CNN for keyword spotting: Zhang et al. 2017, "Hello Edge", in the form that MLPerf Tiny benchmarks."""

from onnx import ModelProto

from mcucompile.zoo.blocks import classifier, conv_bn, separable
from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import Variant

_FILTERS = 64


def ds_cnn(variant: Variant) -> ModelProto:
    """Four depthwise separable blocks over 49 frames of 10 coefficients; convolutions have a bias, as in Keras."""
    b = Builder("ds_cnn")
    source = Tensor("input", variant.channels, variant.height, variant.width)
    x = conv_bn(b, source, "stem", _FILTERS, (10, 4), (2, 2), activation=Activation.RELU, bias=True)
    for number in range(1, 5):
        x = separable(b, x, f"block_{number}", _FILTERS, 1, Activation.RELU, bias=True)
    return b.model(source, classifier(b, x, variant.classes))
