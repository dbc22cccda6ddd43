"""How hard quantization tries."""

from enum import Enum


class Effort(Enum):
    """LOW: ranges only. NORMAL: also equalization and bias correction. HIGH: also reconstruction of the rounding."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
