"""Graph to Graph(int8): post-training quantization."""

from mcucompile.quantize.effort import Effort
from mcucompile.quantize.post_training import quantize
from mcucompile.quantize.result import QuantizationResult

__all__ = ["Effort", "QuantizationResult", "quantize"]
