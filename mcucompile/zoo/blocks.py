"""The blocks that the families are made of. A block's nodes are named after it."""

from mcucompile.zoo.builder import Activation, Builder, Tensor
from mcucompile.zoo.variant import make_divisible
from mcucompile.zoo.window import Pair


def conv_bn(
    b: Builder,
    x: Tensor,
    name: str,
    filters: int,
    kernel: Pair = 1,
    stride: Pair = 1,
    groups: int = 1,
    activation: Activation | None = None,
    bias: bool = False,
) -> Tensor:
    """Convolution, batch normalization, activation (none: linear)."""
    x = b.batch_norm(b.conv(x, name, filters, kernel, stride, groups, bias=bias))
    return x if activation is None else b.activation(x, activation)


def separable(
    b: Builder, x: Tensor, name: str, filters: int, stride: int, activation: Activation, bias: bool = False
) -> Tensor:
    """A 3x3 depthwise and a 1x1 convolution (Howard et al. 2017, figure 3)."""
    x = conv_bn(b, x, f"{name}_depthwise", x.channels, 3, stride, x.channels, activation, bias)
    return conv_bn(b, x, f"{name}_pointwise", filters, activation=activation, bias=bias)


def inverted_residual(
    b: Builder,
    x: Tensor,
    name: str,
    filters: int,
    expanded: int,
    kernel: int,
    stride: int,
    activation: Activation,
    squeezed: bool = False,
) -> Tensor:
    """Expand, depthwise, project without activation (Sandler et al. 2018, figure 4d); added to x where shapes agree.

    The expansion is left out where it would keep the width. squeezed: squeeze-and-excite before the projection.
    """
    y = x
    if expanded != x.channels:
        y = conv_bn(b, y, f"{name}_expand", expanded, activation=activation)
    y = conv_bn(b, y, f"{name}_depthwise", expanded, kernel, stride, expanded, activation)
    if squeezed:
        y = squeeze_excite(b, y, f"{name}_squeeze")
    y = conv_bn(b, y, f"{name}_project", filters)
    return b.add(x, y, f"{name}_add") if stride == 1 and x.channels == filters else y


def squeeze_excite(b: Builder, x: Tensor, name: str) -> Tensor:
    """Each channel times a gate computed from all channels' means, through a quarter of the width.

    Howard et al. 2019, section 5.3; both layers are 1x1 convolutions with bias.
    """
    y = b.global_average_pool(x, f"{name}_pool")
    y = b.conv(y, f"{name}_reduce", make_divisible(x.channels / 4), bias=True)
    y = b.conv(b.activation(y, Activation.RELU), f"{name}_excite", x.channels, bias=True)
    return b.mul(x, b.activation(y, Activation.HARD_SIGMOID), f"{name}_scale")


def classifier(b: Builder, x: Tensor, classes: int) -> Tensor:
    """The mean over the plane, a linear layer, softmax."""
    x = b.flatten(b.global_average_pool(x, "pool"), "flatten")
    return b.softmax(b.dense(x, "logits", classes), "predictions")


def conv_relu(
    b: Builder,
    x: Tensor,
    name: str,
    filters: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    pads: int | None = None,
) -> Tensor:
    """Convolution with bias and ReLU, as networks had them before batch normalization. pads: half the kernel."""
    pads = kernel // 2 if pads is None else pads
    x = b.conv(x, name, filters, kernel, stride, groups, pads, bias=True)
    return b.activation(x, Activation.RELU)
