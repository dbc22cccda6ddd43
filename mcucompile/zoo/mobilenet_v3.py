"""MobileNetV3: Howard et al. 2019, "Searching for MobileNetV3", tables 1 and 2; alpha as TF-Slim applies it."""

from dataclasses import dataclass

from onnx import ModelProto

from mcucompile.zoo.blocks import conv_bn, inverted_residual
from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import Variant, make_divisible

_RE, _HS = Activation.RELU, Activation.HARD_SWISH


@dataclass(frozen=True)
class _Block:
    """One row of the paper's table; `expanded` and `filters` are its columns "exp size" and "#out"."""

    kernel: int
    expanded: int
    filters: int
    squeezed: bool
    activation: Activation
    stride: int


_LARGE = (
    _Block(3, 16, 16, False, _RE, 1),
    _Block(3, 64, 24, False, _RE, 2),
    _Block(3, 72, 24, False, _RE, 1),
    _Block(5, 72, 40, True, _RE, 2),
    _Block(5, 120, 40, True, _RE, 1),
    _Block(5, 120, 40, True, _RE, 1),
    _Block(3, 240, 80, False, _HS, 2),
    _Block(3, 200, 80, False, _HS, 1),
    _Block(3, 184, 80, False, _HS, 1),
    _Block(3, 184, 80, False, _HS, 1),
    _Block(3, 480, 112, True, _HS, 1),
    _Block(3, 672, 112, True, _HS, 1),
    _Block(5, 672, 160, True, _HS, 2),
    _Block(5, 960, 160, True, _HS, 1),
    _Block(5, 960, 160, True, _HS, 1),
)
_SMALL = (
    _Block(3, 16, 16, True, _RE, 2),
    _Block(3, 72, 24, False, _RE, 2),
    _Block(3, 88, 24, False, _RE, 1),
    _Block(5, 96, 40, True, _HS, 2),
    _Block(5, 240, 40, True, _HS, 1),
    _Block(5, 240, 40, True, _HS, 1),
    _Block(5, 120, 48, True, _HS, 1),
    _Block(5, 144, 48, True, _HS, 1),
    _Block(5, 288, 96, True, _HS, 2),
    _Block(5, 576, 96, True, _HS, 1),
    _Block(5, 576, 96, True, _HS, 1),
)
_STEM = 16


def mobilenet_v3_large(variant: Variant) -> ModelProto:
    """Table 1."""
    return _network("mobilenet_v3_large", _LARGE, 960, 1280, variant)


def mobilenet_v3_small(variant: Variant) -> ModelProto:
    """Table 2."""
    return _network("mobilenet_v3_small", _SMALL, 576, 1024, variant)


def _network(name: str, blocks: tuple[_Block, ...], last: int, head: int, variant: Variant) -> ModelProto:
    """Minimal: no squeeze-and-excite, ReLU for hard-swish, 3x3 for 5x5. `head` is never narrower than printed."""
    b = Builder(name)
    source = Tensor("input", variant.channels, variant.height, variant.width)
    swish = _RE if variant.minimal else _HS
    x = conv_bn(b, source, "stem", make_divisible(_STEM * variant.alpha), 3, 2, activation=swish)
    inputs = _STEM
    for number, block in enumerate(blocks):
        x = inverted_residual(
            b,
            x,
            f"block_{number}",
            filters=make_divisible(block.filters * variant.alpha),
            expanded=make_divisible(x.channels * block.expanded / inputs),
            kernel=3 if variant.minimal else block.kernel,
            stride=block.stride,
            activation=_RE if variant.minimal else block.activation,
            squeezed=block.squeezed and not variant.minimal,
        )
        inputs = block.filters
    x = conv_bn(b, x, "last", make_divisible(last * variant.alpha), activation=swish)
    x = b.flatten(b.global_average_pool(x, "pool"), "flatten")
    x = b.activation(b.dense(x, "head", make_divisible(head * max(variant.alpha, 1.0))), swish)
    return b.model(source, b.softmax(b.dense(x, "logits", variant.classes), "predictions"))
