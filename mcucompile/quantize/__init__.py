"""Graph to Graph(int8): post-training quantization."""

from mcucompile.quantize.post_training import quantize
from mcucompile.quantize.result import QuantizationResult

__all__ = ["QuantizationResult", "quantize"]
