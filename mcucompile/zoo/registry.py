"""The networks that `mcucompile zoo` knows, by name."""

from collections.abc import Callable
from dataclasses import dataclass

from onnx import ModelProto

from mcucompile.zoo.alexnet import alexnet
from mcucompile.zoo.ds_cnn import ds_cnn
from mcucompile.zoo.googlenet import googlenet
from mcucompile.zoo.mobilenet_v1 import mobilenet_v1
from mcucompile.zoo.mobilenet_v2 import mobilenet_v2
from mcucompile.zoo.mobilenet_v3 import mobilenet_v3_large, mobilenet_v3_small
from mcucompile.zoo.resnet8 import resnet8
from mcucompile.zoo.squeezenet import squeezenet
from mcucompile.zoo.variant import Variant
from mcucompile.zoo.vgg16 import vgg16


@dataclass(frozen=True)
class Network:
    """architecture: the graph, with the parameters as shapes without numbers.

    channels, height, width, classes: as published. smallest: the least resolution, None if the size is fixed.
    """

    name: str
    architecture: Callable[[Variant], ModelProto]
    channels: int = 3
    height: int = 224
    width: int = 224
    classes: int = 1000
    smallest: int | None = 32
    has_alpha: bool = False
    has_minimal: bool = False

    def variant(
        self,
        alpha: float = 1.0,
        resolution: int | None = None,
        classes: int | None = None,
        channels: int | None = None,
        minimal: bool = False,
    ) -> Variant:
        """A variant of the network; what is None is as published. A fixed input keeps its size."""
        square = None if self.smallest is None else resolution
        return Variant(
            alpha=alpha,
            channels=channels or self.channels,
            height=square or self.height,
            width=square or self.width,
            classes=classes or self.classes,
            minimal=minimal,
        )


NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        Network("mobilenet_v1", mobilenet_v1, has_alpha=True),
        Network("mobilenet_v2", mobilenet_v2, has_alpha=True),
        Network("mobilenet_v3_small", mobilenet_v3_small, has_alpha=True, has_minimal=True),
        Network("mobilenet_v3_large", mobilenet_v3_large, has_alpha=True, has_minimal=True),
        Network("ds_cnn", ds_cnn, 1, 49, 10, 12, smallest=None),
        Network("resnet8", resnet8, 3, 32, 32, 10, smallest=8),
        Network("alexnet", alexnet, 3, 227, 227, smallest=67),
        Network("squeezenet", squeezenet),
        Network("googlenet", googlenet),
        Network("vgg16", vgg16),
    )
}
