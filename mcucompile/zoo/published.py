"""What papers and their authors' repositories print about these networks, and why a figure of theirs is not ours."""

from dataclasses import dataclass

V1_PAPER = "MobileNets, arXiv 1704.04861"
V3_PAPER = "MobileNetV3, arXiv 1905.02244, table 3"
SLIM_V1 = "TF-Slim, mobilenet_v1.md"
SLIM_V2_V3 = "TF-Slim, mobilenet/README.md"

THREE_PER_CHANNEL = "their parameters count three numbers a channel for batch normalization, where two are trained"
WEIGHTS_ALONE = "their parameters are the weights alone, without biases and batch normalization"
NO_STEM = "their multiply-adds leave out the first convolution"
ROUNDED_DOWN = "their multiply-adds are rounded down"

_SQUEEZENET = "they count a multiply and an add as two, on the 227x227 input of the authors' file: 2 x 833 M = 1665 M"
_GOOGLENET = (
    "GoogLeNet's own table sums to 1502 M, with 34 M for a first layer that takes 118 M; nothing printed gives 1550 M. "
    "Its 6798 K parameters are in units of 1024"
)
_VGG16 = "their multiply-adds are those of the convolutions, 15.35 G, without the fully connected layers"
_V1_34 = "the cost goes with the area, which makes 30 M out of their own 41 M at 224; 34 looks like a slip"
_V3_LARGE = "their parameters are the weights alone, 5.45 M, rounded down"
_V3_SMALL = (
    "they trained an earlier network: at alpha 1 they print 66 M and 2.9 M, which the paper corrects to 56 M and 2.5 M"
)
_V3_SMALL_MINIMAL = "they print 66 M for the full network too, where the paper has 56 M; their code builds ours"
CONV_MOBILENET = "their multiply-adds leave out the fully connected layer, 1.0 M"


@dataclass(frozen=True)
class Published:
    """Millions of multiply-adds and parameters, as printed; reason: why they are not ours, empty where they are."""

    macs: float
    parameters: float
    source: str
    reason: str = ""


Key = tuple[str, float, int, bool]
"""Network, alpha, resolution, minimal."""

_V1: dict[Key, Published] = {
    ("mobilenet_v1", alpha, resolution, False): Published(macs, parameters, source, reason)
    for alpha, resolution, macs, parameters, source, reason in (
        (1.0, 224, 569, 4.2, V1_PAPER, ""),
        (1.0, 192, 418, 4.2, V1_PAPER, ""),
        (1.0, 160, 290, 4.2, V1_PAPER, ""),
        (1.0, 128, 186, 4.2, V1_PAPER, ""),
        (0.75, 224, 325, 2.6, V1_PAPER, ""),
        (0.75, 192, 233, 2.59, SLIM_V1, NO_STEM),
        (0.75, 160, 162, 2.59, SLIM_V1, NO_STEM),
        (0.75, 128, 104, 2.59, SLIM_V1, NO_STEM),
        (0.5, 224, 149, 1.3, V1_PAPER, ""),
        (0.5, 192, 110, 1.34, SLIM_V1, THREE_PER_CHANNEL),
        (0.5, 160, 76, 1.32, V1_PAPER, f"{ROUNDED_DOWN}; {WEIGHTS_ALONE}"),
        (0.5, 128, 49, 1.34, SLIM_V1, THREE_PER_CHANNEL),
        (0.25, 224, 41, 0.5, V1_PAPER, ""),
        (0.25, 192, 34, 0.47, SLIM_V1, _V1_34),
        (0.25, 160, 21, 0.47, SLIM_V1, ""),
        (0.25, 128, 14, 0.47, SLIM_V1, ""),
    )
}
_V2: dict[Key, Published] = {
    ("mobilenet_v2", alpha, resolution, False): Published(macs, parameters, SLIM_V2_V3, reason)
    for alpha, resolution, macs, parameters, reason in (
        (1.4, 224, 582, 6.06, WEIGHTS_ALONE),
        (1.0, 224, 300, 3.47, WEIGHTS_ALONE),
        (1.0, 192, 221, 3.47, WEIGHTS_ALONE),
        (1.0, 160, 154, 3.47, WEIGHTS_ALONE),
        (1.0, 128, 99, 3.47, WEIGHTS_ALONE),
        (0.75, 224, 209, 2.61, WEIGHTS_ALONE),
        (0.75, 192, 153, 2.61, f"{ROUNDED_DOWN}; {WEIGHTS_ALONE}"),
        (0.75, 160, 107, 2.61, WEIGHTS_ALONE),
        (0.75, 128, 69, 2.61, WEIGHTS_ALONE),
        (0.5, 224, 97, 1.95, WEIGHTS_ALONE),
        (0.5, 192, 71, 1.95, f"{ROUNDED_DOWN}; {WEIGHTS_ALONE}"),
        (0.5, 160, 50, 1.95, WEIGHTS_ALONE),
        (0.5, 128, 32, 1.95, f"{ROUNDED_DOWN}; {WEIGHTS_ALONE}"),
        (0.35, 224, 59, 1.66, WEIGHTS_ALONE),
        (0.35, 96, 11, 1.66, f"{ROUNDED_DOWN}; {WEIGHTS_ALONE}"),
    )
}
_OTHERS: dict[Key, Published] = {
    ("mobilenet_v3_small", 1.0, 224, False): Published(56, 2.5, V3_PAPER, ROUNDED_DOWN),
    ("mobilenet_v3_small", 0.75, 224, False): Published(44, 2.4, SLIM_V2_V3, _V3_SMALL),
    ("mobilenet_v3_small", 1.0, 224, True): Published(65, 2.0, SLIM_V2_V3, _V3_SMALL_MINIMAL),
    ("mobilenet_v3_large", 1.0, 224, False): Published(217, 5.4, SLIM_V2_V3, _V3_LARGE),
    ("mobilenet_v3_large", 0.75, 224, False): Published(155, 4.0, SLIM_V2_V3),
    ("mobilenet_v3_large", 1.0, 224, True): Published(209, 3.9, SLIM_V2_V3),
    ("alexnet", 1.0, 227, False): Published(720, 60, V1_PAPER),
    ("squeezenet", 1.0, 224, False): Published(1700, 1.25, V1_PAPER, _SQUEEZENET),
    ("googlenet", 1.0, 224, False): Published(1550, 6.8, V1_PAPER, _GOOGLENET),
    ("vgg16", 1.0, 224, False): Published(15300, 138, V1_PAPER, _VGG16),
    ("mobilenet_v1_standard", 1.0, 224, False): Published(4866, 29.3, V1_PAPER, CONV_MOBILENET),
}
PUBLISHED: dict[Key, Published] = _V1 | _V2 | _OTHERS

POINTWISE_SHARES = (0.9486, 0.7459)
"""1x1 convolutions of MobileNetV1 1.0-224: of the multiply-adds and of the weights (V1_PAPER, table 2)."""


def agrees(ours: int, printed: float) -> bool:
    """True if `ours`, rounded to the digits of `printed` millions, is that figure; final zeros are no digits.

    >>> agrees(724_406_816, 720), agrees(299_400_000, 300), agrees(76_524_800, 76)
    (True, True, False)
    """
    digits = len(f"{printed:g}".replace(".", "").strip("0"))
    return float(f"{ours / 1e6:.{digits}g}") == printed
