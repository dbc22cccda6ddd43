"""What distinguishes one network of a family from the others, and the rules by which its widths follow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """alpha: width multiplier. channels, height, width: of one input. minimal: MobileNetV3 minimalistic."""

    alpha: float
    channels: int
    height: int
    width: int
    classes: int
    minimal: bool


def make_divisible(width: float, divisor: int = 8) -> int:
    """`width` to the nearest multiple of `divisor`, at least one, never more than 10 % below `width`.

    The rule of MobileNetV2 and V3 (TF-Slim, nets/mobilenet/mobilenet.py).

    >>> [make_divisible(width) for width in (3, 11.2, 12, 24, 33.6)]
    [8, 16, 16, 24, 32]
    """
    nearest = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return nearest if nearest >= 0.9 * width else nearest + divisor
