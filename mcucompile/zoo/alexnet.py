"""AlexNet, for comparison: Krizhevsky et al. 2012, "ImageNet Classification with Deep CNNs"."""

from onnx import ModelProto

from mcucompile.zoo.blocks import conv_relu
from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import Variant


def alexnet(variant: Variant) -> ModelProto:
    """With the two groups that the authors' two GPUs had.."""
    b = Builder("alexnet")
    source = Tensor("input", variant.channels, variant.height, variant.width)
    x = conv_relu(b, source, "conv_1", 96, 11, 4, pads=0)
    x = b.max_pool(b.local_response_norm(x, "norm_1"), "pool_1", 3, 2)
    x = conv_relu(b, x, "conv_2", 256, 5, groups=2)
    x = b.max_pool(b.local_response_norm(x, "norm_2"), "pool_2", 3, 2)
    x = conv_relu(b, x, "conv_3", 384, 3)
    x = conv_relu(b, x, "conv_4", 384, 3, groups=2)
    x = conv_relu(b, x, "conv_5", 256, 3, groups=2)
    x = b.flatten(b.max_pool(x, "pool_5", 3, 2), "flatten")
    for number in (6, 7):
        x = b.activation(b.dense(x, f"dense_{number}", 4096), Activation.RELU)
    return b.model(source, b.softmax(b.dense(x, "logits", variant.classes), "predictions"))
