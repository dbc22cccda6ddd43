"""How hard quantization tries."""

from enum import Enum


class Effort(Enum):
    """LOW: ranges only. NORMAL: also equalization, bias correction and reconstruction of the rounding.

    HIGH: the reconstruction looks at more samples, and takes up to 100 sweeps over the weights.
    """

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
