"""GoogLeNet: Szegedy et al. 2014, "Going Deeper with Convolutions", table 1, without the auxiliary classifiers."""

from onnx import ModelProto

from mcucompile.zoo.blocks import classifier, conv_relu
from mcucompile.zoo.builder import Builder, Tensor
from mcucompile.zoo.variant import Variant

_INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Filters: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, after the pool."""

_POOLED = ("3b", "4e")
"""The modules before a pool."""


def googlenet(variant: Variant) -> ModelProto:
    """Nine inception modules."""
    b = Builder("googlenet")
    source = Tensor("input", variant.channels, variant.height, variant.width)
    x = conv_relu(b, source, "conv_1", 64, 7, 2)
    x = b.local_response_norm(b.max_pool(x, "pool_1", 3, 2, ceil_mode=True), "norm_1")
    x = conv_relu(b, x, "conv_2_reduce", 64, 1)
    x = b.local_response_norm(conv_relu(b, x, "conv_2", 192, 3), "norm_2")
    x = b.max_pool(x, "pool_2", 3, 2, ceil_mode=True)
    for number, filters in _INCEPTIONS.items():
        x = _inception(b, x, f"inception_{number}", filters)
        if number in _POOLED:
            x = b.max_pool(x, f"pool_{number}", 3, 2, ceil_mode=True)
    return b.model(source, classifier(b, x, variant.classes))


def _inception(b: Builder, x: Tensor, name: str, filters: tuple[int, ...]) -> Tensor:
    direct, reduce_3, conv_3, reduce_5, conv_5, pooled = filters
    three = conv_relu(b, x, f"{name}_3x3_reduce", reduce_3, 1)
    five = conv_relu(b, x, f"{name}_5x5_reduce", reduce_5, 1)
    branches = [
        conv_relu(b, x, f"{name}_1x1", direct, 1),
        conv_relu(b, three, f"{name}_3x3", conv_3, 3),
        conv_relu(b, five, f"{name}_5x5", conv_5, 5),
        conv_relu(b, b.max_pool(x, f"{name}_pool", 3, 1, 1), f"{name}_pool_1x1", pooled, 1),
    ]
    return b.concat(branches, f"{name}_concat")
